"""The checkpoints of a sweep's trials, whether the sweep is kept in a folder or at a URI.

Where it is kept at a URI, the worker that trains sends each checkpoint there before its epoch is reported; the driver
only deletes checkpoints and, at the end, fetches the best.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from reports.records.folder import SweepFolder
from tune_jobs.storage.object_storage import ObjectStorage, first_line
from tune_jobs.storage.working_copy import storage_of

_BEST, _LAST = "best.pt", "last.pt"
_SUPERSEDED = (_LAST, "previous.pt")
_RETRY_SECONDS = 60  # A storage that does not answer for so long is at fault.
_PAUSE_SECONDS = 2


class SweepCheckpoints:
    """The driver's side: it keeps, deletes and fetches the checkpoints of all trials."""

    def __init__(self, folder: SweepFolder) -> None:
        self._folder, self._storage = folder, storage_of(folder)
        self._trimmed: set[str] = set()

    def held_of(self, trials: Iterable[str]) -> set[str]:
        """Those of the trials that may have checkpoints; all of them where the storage does not answer."""
        if self._storage is None:
            return set(trials)
        try:
            return {name.split("/")[1] for name in self._storage.names("trials")} & set(trials)
        except OSError:
            return set(trials)

    def keep_best(self, trial: str) -> None:
        """Delete all but the weights of the trial's best epoch."""
        if trial not in self._trimmed:
            self._trimmed.add(trial)
            for name in _SUPERSEDED:
                (self._folder.trial_path(trial) / name).unlink(missing_ok=True)
            self._delete(trial, _LAST)

    def remove(self, trial: str) -> None:
        """Delete a trial's checkpoints."""
        shutil.rmtree(self._folder.trial_path(trial), ignore_errors=True)
        self._delete(trial, _LAST, _BEST)

    def begin_from(self, trial: str, of: str) -> bool:
        """Give a trial that has not begun the weights of another one's best epoch, to go on from; whether there are
        any."""
        source, target = self._folder.trial_path(of) / _BEST, self._folder.trial_path(trial)
        try:
            if self._storage is not None:
                self._storage.get(f"trials/{of}/{_BEST}", source)
            target.mkdir(exist_ok=True)
            for name in (_BEST, _LAST):
                shutil.copyfile(source, target / name)
                if self._storage is not None:
                    self._storage.put(source, f"trials/{trial}/{name}")
        except OSError:
            self.remove(trial)
            return False
        return True

    def fetch_best(self) -> None:
        """Bring the weights that are kept into the sweep's folder.

        Raises:
            OSError: the storage does not answer.
        """
        if self._storage is not None:
            for name in self._storage.names("trials"):
                if name.endswith(_BEST):
                    with contextlib.suppress(FileNotFoundError):  # It was deleted after it had been listed.
                        self._storage.get(name, self._folder.path / name)

    def _delete(self, trial: str, *names: str) -> None:
        if self._storage is None:
            return
        for name in names:
            try:
                self._storage.delete(f"trials/{trial}/{name}")
            except OSError:  # What cannot be deleted only takes room, as with files.
                return


class RemoteCheckpoints:
    """The worker's side: a trial's checkpoints at the URI of its sweep."""

    def __init__(self, uri: str, trial: str, folder: Path) -> None:
        self._storage, self._trial, self._folder = ObjectStorage(uri), trial, folder

    def forget(self) -> None:
        """Delete the copies on this machine; the URI has all of them."""
        for name in (*_SUPERSEDED, _BEST):
            (self._folder / name).unlink(missing_ok=True)

    def fetch(self) -> None:
        """Replace the copies on this machine, since the trial may have gone on elsewhere.

        Raises:
            OSError: the storage does not answer.
        """
        self.forget()

        def fetch() -> None:
            for name in self._storage.names(f"trials/{self._trial}"):
                self._storage.get(name, self._folder / Path(name).name)

        self._retried(fetch)

    def send(self, *, best: bool) -> None:
        """Send the last checkpoint, and before it the best if it has changed.

        Raises:
            OSError: the storage does not answer.
        """
        for name in [_BEST, _LAST] if best else [_LAST]:
            self._retried(lambda name=name: self._storage.put(self._folder / name, f"trials/{self._trial}/{name}"))  # type: ignore[misc]

    def _retried(self, call: Callable[[], None]) -> None:
        deadline = time.monotonic() + _RETRY_SECONDS
        while True:
            try:
                return call()
            except OSError as error:
                if time.monotonic() > deadline:
                    raise OSError(errno.EIO, first_line(error), self._storage.uri) from None
                time.sleep(_PAUSE_SECONDS)
