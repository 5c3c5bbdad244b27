"""Making, holding and naming sweep folders: one driver a sweep, one sweep a name. Knows no Ray."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from reports.sweep_folder import NAME, SweepFolder
from reports.whole import write_whole
from tune_jobs.asked import Asked
from tune_jobs.errors import SweepError
from tune_jobs.working_copy import uri_of

_WAIT_SECONDS = 1  # longer than `is_running` holds the lock
_FETCH_SECONDS = 20  # longer than a copy takes to be brought up to date


def create(storage: Path, name: str) -> tuple[SweepFolder, FileLock]:
    """A new sweep's folder, locked by this process.

    Raises:
        SweepError: the name is taken, or the folder cannot be written.
    """
    folder = SweepFolder(storage / name)
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        lock = hold(folder)
    except OSError as error:
        raise SweepError(f"{folder.path}: cannot be written ({error.strerror}); choose another --storage") from None
    if folder.exists():
        lock.release()
        raise SweepError(taken(folder))
    return folder, lock


def taken(folder: SweepFolder) -> str:
    """What one can do about a name that is taken."""
    state = folder.state()
    return (
        f'"{folder.name}" exists ({len(state.finished)} of {state.asked} trials done): '
        f"tune resume {folder.name}, or launch with another --name"
    )


def hold(folder: SweepFolder) -> FileLock:
    """The lock that a sweep's driver holds as long as it lives; the system frees it when the process dies.

    Raises:
        SweepError: another driver is running this sweep.
    """
    lock = FileLock(folder.lock_path)
    try:
        lock.acquire(timeout=_FETCH_SECONDS if uri_of(folder) else _WAIT_SECONDS)
    except Timeout:
        raise SweepError(f'"{folder.name}" is running; watch it with: tune show {folder.name}') from None
    return lock


def write_asked(folder: SweepFolder, asked: Asked) -> None:
    write_whole(folder.asked_path, asked.model_dump_json(indent=1) + "\n")


def check_name(storage: Path, name: str) -> None:
    """Refuse a name before any work is done for it.

    Raises:
        SweepError: it is not a name, or it is taken.
    """
    if not NAME.fullmatch(name):
        raise SweepError(f"--name {name!r}: use letters, digits, `_`, `-` and `.`, at most 64 and no path")
    if SweepFolder(storage / name).exists():
        raise SweepError(taken(SweepFolder(storage / name)))


def free_name(storage: Path, wanted: str) -> str:
    """The wanted name, or the first of wanted-2, wanted-3, ... that no folder has."""
    number = 1
    while (storage / (name := wanted if number == 1 else f"{wanted}-{number}")).exists():
        number += 1
    return name
