"""`tune rm`: a sweep's folder is renamed aside, then deleted, so that no half of it is ever taken for a sweep."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from tune_jobs.housekeeping.held import held, speaking_of
from tune_jobs.progress import Progress
from tune_jobs.storage.working_copy import storage_errors, storage_of

_ASIDE = ".removed"  # holds what is being deleted; what a killed process left there goes with the next one


def bytes_of(folder: Path) -> int:
    """What a folder takes on the disk, in bytes; a file of two names counts once."""
    found = {}
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # it went meanwhile
            stat = path.lstat()
            found[stat.st_dev, stat.st_ino] = stat.st_size
    return sum(found.values())


def what_goes_with(folders: Sequence[SweepFolder]) -> list[str]:
    """What a person should know before sweeps go: others that speak of them, a sentence each."""
    names = {folder.name for folder in folders}
    return [
        f"{other.name} says more of {folder.name}, or starts from its weights; it stays, and lacks it then."
        for folder in folders
        for other, _ in speaking_of(folder)
        if other.name not in names
    ]


def refuse_held(folders: Sequence[SweepFolder]) -> None:
    """Before a person is asked.

    Raises:
        SweepError: one of them is running.
    """
    for folder in folders:
        with held(folder):
            pass


def remove(folder: SweepFolder, progress: Progress) -> None:
    """Delete a sweep with all that it has, also where it is kept at a URI.

    Raises:
        SweepError: it is running, or cannot be moved or deleted.
    """
    with held(folder), progress.doing(f"Removing {folder.name}"):
        remote = storage_of(folder)
        if remote is not None:
            with storage_errors(remote.uri):
                remote.delete(folder.spec_path.name)  # it is no sweep from here on
                for name in remote.names():
                    remote.delete(name)
        aside = folder.path.parent / _ASIDE
        try:
            if folder.path.is_symlink():
                folder.path.unlink()
                return
            aside.mkdir(mode=0o700, exist_ok=True)
            folder.path.rename(aside / f"{folder.name}-{time.time_ns()}")
        except OSError as error:
            raise SweepError(f"{folder.path}: cannot be removed ({error.strerror}); nothing was changed") from None
    shutil.rmtree(aside, ignore_errors=True)
    if aside.exists():
        raise SweepError(f"{aside}: what was {folder.name} cannot be deleted whole; see who may write there")
