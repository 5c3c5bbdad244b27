"""RecordKeeper: writes each event before anything is decided from it, and keeps the state that follows from all.

The record, the study's file and the logs of other tools hear of an event here; where the storage gives out, it is
remembered why, and nothing more is written.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

from reports.records.folder import SweepFolder
from reports.records.record import EpochEnded, Event, Note, Record
from reports.records.state import apply
from tune_jobs.redaction import redacted
from tune_jobs.search.loggers import open_loggers
from tune_jobs.storage.faults import StorageLostError


class RecordKeeper:
    """One driver's pen on a sweep's record, from its start or resume to its end."""

    def __init__(self, folder: SweepFolder, logs: tuple[str, ...]) -> None:
        self._folder = folder
        self.state = folder.state()
        self.trouble: str | None = None  # says why nothing can be written any more
        self.longest_epoch: float | None = None  # seconds, of those that this driver saw trained
        self._loggers = open_loggers(logs, folder)
        self._record: Record | None = None

    def open(self) -> None:
        """Begin to write, which mends a torn last line; so whoever reads the old record does so before."""
        self._record = Record(self._folder.record_path)

    def append(self, event: Event) -> None:
        """Write an event, apply it to the state, and tell the loggers.

        Raises:
            StorageLostError: the storage has given out, now or before.
        """
        assert self._record is not None
        if self.trouble:
            raise StorageLostError(self.trouble)
        try:
            self._record.append(event)
        except OSError as error:
            self.trouble = f"{self._folder.record_path}: {error.strerror}"
            raise StorageLostError(self.trouble) from None
        apply(self.state, event)
        if isinstance(event, EpochEnded) and event.seconds:
            self.longest_epoch = max(self.longest_epoch or 0.0, sum(event.seconds.values()))
        for text in [logger.hear(event, self.state) for logger in self._loggers]:
            if text:
                self.note(text)

    def note(self, text: str, trial: str | None = None) -> None:
        self.append(Note(text=redacted(text), trial=trial))

    @contextmanager
    def studying(self) -> Iterator[None]:
        """Around calls of the sampler: its study lies in the same storage as the record, and may be lost with it.

        Raises:
            StorageLostError: the study's file could not be written.
        """
        try:
            yield
        except (OSError, RuntimeError) as error:
            # Optuna's lock hides the system's error in a RuntimeError.
            fault = error if isinstance(error, OSError) else error.__context__
            if not isinstance(fault, OSError):
                raise
            self.trouble = f"{self._folder.journal_path}: {fault.strerror}"
            raise StorageLostError(self.trouble) from None

    def close(self, patience: float = 0.0) -> None:
        """Write no more; loggers get so many seconds, together, for what they have not written yet."""
        until = time.monotonic() + patience
        said = [logger.close(max(0.0, until - time.monotonic())) for logger in self._loggers]
        if self._record is None:
            return
        with contextlib.suppress(StorageLostError):
            for text in filter(None, said):
                self.note(text)
        self._record.close()
