"""Working copies: a sweep that is kept at a URI has a copy on this machine, which is a storage folder like any other.

A record grows line by line, but no object store can append to a file. So a driver writes the copy, and mirror.py sends
what changes in it. As a record only grows, the longer one is the newer: a copy that is ahead is never overwritten.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shlex
import threading
import time
import urllib.parse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from cnnmodels.places import expanded
from reports.records.atomic_write import write_atomically
from reports.records.errors import SweepError
from reports.records.folder import NAME, SweepFolder
from tune_jobs.storage.object_storage import ObjectStorage, Stamp, below, first_line, is_uri

_URI = ".uri"  # The file of this name marks a working copy, and holds the URI that it is a copy of.
_REFRESH_SECONDS = 5.0
_LISTED = ("sweep.json", "record.jsonl", "lease.json")
_REQUESTS = ("lease.json", "stop")  # These are deleted here once they are deleted at the URI.


def local_copy(storage: str, *sweeps: str, pictures: bool = False) -> Path:
    """A storage folder on this machine: the one that is named, or a fresh copy of what lies at a URI.

    Args:
        storage: a path or a URI.
        sweeps: names of sweeps of which everything but weights is fetched; of others, what a list of sweeps needs is.
        pictures: whether the galleries of those others are fetched as well.

    Raises:
        SweepError: the URI cannot be used, or does not answer.
    """
    copy = folder_of(storage)
    if not is_uri(storage) or storage.startswith("file:"):
        return copy
    remote = ObjectStorage(storage)
    with storage_errors(remote.uri):
        remote.refuse_missing()
        copy.mkdir(parents=True, exist_ok=True)
        write_atomically(copy / _URI, remote.uri)
        _pull(remote, copy, sweeps, _LISTED + (("gallery/",) if pictures else ()))
    return copy


@contextlib.contextmanager
def followed(storage: str) -> Iterator[Path]:
    """A storage folder that stays fresh while the block runs."""
    here, ended = local_copy(storage, pictures=True), threading.Event()

    def refresh() -> None:
        while not ended.wait(_REFRESH_SECONDS):
            with contextlib.suppress(SweepError):  # The copy then stays as it was last.
                local_copy(storage, pictures=True)

    refreshing = threading.Thread(target=refresh, name="followed", daemon=True)
    if storage_uri(here):
        refreshing.start()
    try:
        yield here
    finally:
        ended.set()


def storage_of(folder: SweepFolder) -> ObjectStorage | None:
    """The storage at the URI of a sweep; None if it is kept in its folder."""
    uri = uri_of(folder)
    return ObjectStorage(uri) if uri else None


def uri_of(folder: SweepFolder) -> str | None:
    """The URI of a sweep; None if it is kept in its folder."""
    storage = storage_uri(folder.path.parent)
    return below(storage, folder.name) if storage else None


def place_of(folder: SweepFolder) -> str:
    """The URI or path that keeps a sweep, as a person would write it."""
    return uri_of(folder) or str(folder.path)


def storage_option(folder: SweepFolder) -> str:
    """The option with which a command finds the sweep's storage; empty for the usual storage."""
    storage = storage_uri(folder.path.parent) or str(folder.path.parent)
    return "" if storage == "sweeps" else f" --storage {shlex.quote(storage)}"


def look_again(folder: SweepFolder) -> None:
    """Bring the working copy that a sweep lies in up to date.

    Raises:
        SweepError: the storage does not answer.
    """
    storage = storage_uri(folder.path.parent)
    if storage:
        local_copy(storage)


def folder_of(storage: str) -> Path:
    """The folder on this machine that stands for a storage, whether given by path or by URI.

    Raises:
        SweepError: the storage is a file URI of another machine.
    """
    if not is_uri(storage):
        return expanded(storage)
    parts = urllib.parse.urlsplit(storage)
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise SweepError(f"--storage {storage}: a file URI has three slashes before its path: file:///sweeps")
        return Path(urllib.parse.unquote(parts.path))
    from cnnmodels.data import default_cache

    uri = below(storage, "")
    identity = f"{uri} {os.environ.get('AWS_ENDPOINT_URL_S3')} {os.environ.get('AWS_ENDPOINT_URL')}"
    readable = re.sub(r"[^A-Za-z0-9]+", "-", uri.partition("?")[0])[:60]
    return default_cache() / "storage" / f"{readable}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


def storage_uri(storage: Path) -> str | None:
    """The URI that a storage folder is the working copy of; None if it is none."""
    marked = storage / _URI
    return marked.read_text() if marked.is_file() else None


def _pull(remote: ObjectStorage, copy: Path, sweeps: tuple[str, ...], listed: tuple[str, ...]) -> None:
    there: dict[str, dict[str, Stamp]] = defaultdict(dict)
    for name, stamp in remote.names().items():
        sweep, _, file = name.partition("/")
        there[sweep][file] = stamp
    for child in copy.iterdir():
        if child.is_dir() and child.name not in there:
            with _unless_held(SweepFolder(child)) as free:
                if free:  # It was deleted at the URI, and is kept here, since parts of it may never have been sent.
                    aside = copy.with_name(f"{copy.name}.gone")
                    aside.mkdir(exist_ok=True)
                    child.rename(aside / f"{child.name}-{time.time():.0f}")
    for sweep, files in there.items():
        if "sweep.json" in files and NAME.fullmatch(sweep):
            _pull_sweep(remote, SweepFolder(copy / sweep), files, None if sweep in sweeps else listed)


@contextlib.contextmanager
def _unless_held(folder: SweepFolder) -> Iterator[bool]:
    """Keep drivers of this machine out of a sweep while the block runs; False if one holds it already."""
    lock = FileLock(folder.lock_path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _pull_sweep(
    remote: ObjectStorage, folder: SweepFolder, files: dict[str, Stamp], listed: tuple[str, ...] | None
) -> None:
    wanted = [name for name in files if not name.startswith(("trials/", "stop"))]
    if listed is not None:
        wanted = [name for name in wanted if name.startswith(listed)]
    wanted = [name for name in wanted if not _is_ahead(folder, name, files)]
    changed = [name for name in wanted if stamp_of(folder.path / name) != files[name]]
    gone = [name for name in _REQUESTS if name not in files and (folder.path / name).exists()]
    if not changed and not gone:
        return
    folder.path.mkdir(exist_ok=True)
    with _unless_held(folder) as free:
        if not free or size_of(folder.record_path) > files.get("record.jsonl", Stamp(0, 0)).size:
            return  # A driver is running here, or this machine's record is ahead.
        for name in changed:
            with contextlib.suppress(FileNotFoundError):  # It was deleted after it had been listed.
                remote.get(f"{folder.name}/{name}", folder.path / name)
        for name in gone:
            (folder.path / name).unlink(missing_ok=True)


def _is_ahead(folder: SweepFolder, name: str, files: dict[str, Stamp]) -> bool:
    """Whether a file is one of a training that went on here, since its record here is the longer one."""
    trainings, _, rest = name.partition("/")
    if trainings != "trainings":
        return False
    record = f"trainings/{rest.partition('/')[0]}/{folder.record_path.name}"
    return size_of(folder.path / record) > files.get(record, Stamp(0, 0)).size


def stamp_of(path: Path) -> Stamp | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return Stamp(stat.st_size, stat.st_mtime_ns)


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@contextlib.contextmanager
def storage_errors(uri: str) -> Iterator[None]:
    """Turn what a storage raises while the block runs into a SweepError that names the storage."""
    try:
        yield
    except OSError as error:
        raise SweepError(f"--storage {uri}: {first_line(error)}") from None
