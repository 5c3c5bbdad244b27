"""Creates, locks and names sweep folders: a sweep has one driver, a name has one sweep. This module knows no Ray."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from reports.records.atomic_write import write_atomically
from reports.records.errors import SweepError
from reports.records.folder import NAME, SweepFolder
from reports.records.record import Note, Record, SpaceChanged
from reports.records.spec import SweepSpec
from tune_jobs.storage.working_copy import uri_of

_WAIT_SECONDS = 1  # This is longer than `is_running` holds the lock.
_FETCH_SECONDS = 20  # This is longer than it takes to bring a working copy up to date.


def create(storage: Path, name: str) -> tuple[SweepFolder, FileLock]:
    """The folder of a new sweep, locked by this process; `discard` may remove it until it holds a record.

    Raises:
        SweepError: the name is not allowed or is taken, or the folder cannot be written.
    """
    check_name(storage, name)
    folder = SweepFolder(storage / name)
    with _written(folder):
        folder.path.mkdir(parents=True, exist_ok=True)
        lock = hold(folder)
    if folder.exists():
        lock.release()
        raise SweepError(taken(folder))
    return folder, lock


def create_unnamed(storage: Path, wanted: str) -> tuple[SweepFolder, FileLock]:
    """The same under the first free one of wanted, wanted-2, ...: of several processes at one instant each gets a name
    of its own.

    Raises:
        SweepError: the folder cannot be written.
    """
    while True:
        folder = SweepFolder(storage / free_name(storage, wanted))
        with _written(folder):
            storage.mkdir(parents=True, exist_ok=True)
            try:
                folder.path.mkdir()  # the system lets one process alone make it
            except FileExistsError:
                continue
        return create(storage, folder.name)


@contextlib.contextmanager
def _written(folder: SweepFolder) -> Iterator[None]:
    try:
        yield
    except (OSError, NotImplementedError) as error:  # the latter where the disk knows no locks
        reason = getattr(error, "strerror", None) or str(error)
        raise SweepError(f"{folder.path}: cannot be written ({reason}); choose another --storage") from None


def discard(folder: SweepFolder) -> None:
    """Remove the folder of a sweep that was refused before it began."""
    if not folder.record_path.exists():
        shutil.rmtree(folder.path, ignore_errors=True)


def taken(folder: SweepFolder) -> str:
    """The message for a name that is taken, with what one can do about it."""
    state = folder.state()
    return (
        f'"{folder.name}" exists ({len(state.finished)} of {state.trials_requested} trials done): '
        f"tune resume {folder.name}, or launch with another --name"
    )


def hold(folder: SweepFolder) -> FileLock:
    """Take the lock that a sweep's driver holds for as long as it lives; the system frees it when the process dies.

    Raises:
        SweepError: another driver is running this sweep.
    """
    lock = FileLock(folder.lock_path)
    try:
        lock.acquire(timeout=_FETCH_SECONDS if uri_of(folder) else _WAIT_SECONDS)
    except Timeout:
        raise SweepError(f'"{folder.name}" is running; watch it with: tune show {folder.name}') from None
    return lock


def write_spec(folder: SweepFolder, spec: SweepSpec) -> None:
    write_atomically(folder.spec_path, spec.model_dump_json(indent=1) + "\n")


def rewrite_spec(folder: SweepFolder, spec: SweepSpec, changes: Sequence[str | SpaceChanged]) -> None:
    """Change what a sweep is to do; its record says first what is changed and what it was.

    The caller holds the sweep's lock.
    """
    record = Record(folder.record_path)
    for change in changes:
        record.append(Note(text=change) if isinstance(change, str) else change)
    record.close()
    write_spec(folder, spec)


def check_name(storage: Path, name: str) -> None:
    """Refuse a name before any work is done for it.

    Raises:
        SweepError: the name is not allowed, or it is taken by a sweep or by other files.
    """
    if not NAME.fullmatch(name):
        raise SweepError(f"--name {name!r}: use letters, digits, `_`, `-` and `.`, at most 64 and no path")
    folder = SweepFolder(storage / name)
    if folder.exists():
        raise SweepError(taken(folder))
    if folder.path.is_symlink() or (folder.path.is_dir() and not all(map(_is_ours, folder.path.iterdir()))):
        raise SweepError(f"{folder.path}: holds other files; choose another --name or --storage")


def _is_ours(path: Path) -> bool:
    """Whether the file was left by a launch that was killed before it had written its sweep."""
    return path.name == ".lock" or path.name.startswith(".sweep.json.")


def free_name(storage: Path, wanted: str) -> str:
    """The wanted name, made into one that is allowed, or the first of wanted-2, wanted-3, ... that no folder has."""
    wanted = re.sub(r"[^A-Za-z0-9_.-]+", "-", wanted).lstrip("-_.")[:60] or "sweep"
    number = 1
    while (storage / (name := wanted if number == 1 else f"{wanted}-{number}")).exists():
        number += 1
    return name
