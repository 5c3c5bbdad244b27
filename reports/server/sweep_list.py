"""Every sweep of a storage folder in a line, kept in memory until a sweep's record changes."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from reports.analysis.summary import UNREADABLE, SweepRow, row_of, unreadable
from reports.records.errors import GoneError, SweepError
from reports.records.folder import SweepFolder, is_running, list_sweeps
from reports.records.plain_files import size_or_none
from reports.server.kept import LARGEST_RECORD, BusyError, TurnOfReading

_POINTS = 60  # a sparkline shows about so many values

Version = tuple[int, ...]  # the times of change (ns) and sizes (bytes) of a sweep's files


@dataclass(frozen=True)
class Line:
    """One sweep of the list; without a row while its record has not been read yet."""

    name: str
    row: SweepRow | None
    epochs: int = 0  # all trials together trained so many
    slot_seconds: float = 0.0  # they took so many seconds of a slot
    progress: list[float] = field(default_factory=list)  # holds the best value so far, thinned


def version_of(folder: SweepFolder) -> Version:
    """What a sweep's pages depend on; changes when any of it does."""
    paths = (folder.spec_path, folder.record_path, folder.gallery_path / "gallery.json")
    found = [_stat(path) for path in paths]
    return (*(part for stat in found for part in ((stat.st_mtime_ns, stat.st_size) if stat else (0, 0))),)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


class SweepList:
    """The lines of all sweeps under a folder. Safe to ask from several threads."""

    def __init__(self, storage: Path, turn: TurnOfReading) -> None:
        self._storage, self._turn = storage, turn
        self._known: dict[str, tuple[Version, bool, Line]] = {}
        self._lock = threading.Lock()

    def lines(self, patience_seconds: float) -> list[Line]:
        """A line for each sweep, the newest first. Records that changed are read again for so long; those that were
        not reached are given as they were last, or without a row, and are read at the next call."""
        with self._lock:
            deadline = time.monotonic() + patience_seconds
            folders = list_sweeps(self._storage)
            lines = [line for folder in folders if (line := self._line(folder, deadline)) is not None]
            self._known = {line.name: self._known[line.name] for line in lines if line.name in self._known}
        return sorted(lines, key=lambda line: -(line.row.started if line.row else float("inf")))

    def _line(self, folder: SweepFolder, deadline: float) -> Line | None:
        """None where it was removed since it was listed."""
        version, known = version_of(folder), self._known.get(folder.name)
        running = known is None or known[0] != version or known[1]  # only then it is worth asking for the lock
        running = running and is_running(folder)
        if known is not None and known[:2] == (version, running):
            return known[2]
        as_it_was = known[2] if known is not None else Line(folder.name, None)
        if time.monotonic() > deadline:
            return as_it_was
        try:
            with self._turn.taken(deadline - time.monotonic()):
                line = _read(folder, running=running)
        except BusyError:
            return as_it_was
        except GoneError:
            return None
        self._known[folder.name] = (version, running, line)
        return line


def _read(folder: SweepFolder, *, running: bool) -> Line:
    if (size_or_none(folder.record_path) or 0) > LARGEST_RECORD:
        return Line(folder.name, replace(unreadable(folder, SweepError()), state="too_large"))
    try:
        spec, state = folder.spec(), folder.state()
        row, objective = row_of(folder.name, spec, state, running=running), spec.space.objective
        events = state.epochs_in_order()
    except UNREADABLE as error:
        return Line(folder.name, unreadable(folder, error))
    sign, best, progress = 1 if objective.mode == "max" else -1, None, []
    for event in events:
        value = event.metrics.get(objective.metric)
        if value is not None and (best is None or sign * value > sign * best):
            best = value
        if best is not None:
            progress.append(best)
    step = max(1, len(progress) // _POINTS)
    spent = sum(sum(event.seconds.values()) for event in events)
    return Line(folder.name, row, len(events), spent, [*progress[::step], *progress[-1:]])
