"""`tune cache`: what this machine keeps beside the sweeps, and the part of it that can be made again."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from cnnmodels.errors import DataError
from tune_jobs.housekeeping.remove import bytes_of


@dataclass(frozen=True)
class CachePart:
    """One folder of the cache."""

    what: str
    path: Path
    size_bytes: int


_PARTS = {  # by the folder's name
    "packed": "decoded images (tune cache clear)",
    "storage": "copies of sweeps that are kept at a URI",
    "trials": "checkpoints of running trials of such sweeps",
    "leases": "which sweeps share this machine",
}


def parts_of(cache: Path) -> list[CachePart]:
    """What there is in a cache, with its size."""
    return [
        CachePart(what, cache / name, bytes_of(cache / name))
        for name, what in _PARTS.items()
        if (cache / name).is_dir()
    ]


def clear(cache: Path) -> int:
    """Delete the decoded images; whoever has mapped them keeps them until it ends. Copies of sweeps stay: a part of
    them may never have been sent.

    Returns:
        Bytes that are free now.

    Raises:
        DataError: a folder cannot be deleted.
    """
    freed = 0
    for folder in sorted((cache / "packed").glob("*")):
        if not folder.is_dir():
            continue
        lock = FileLock(folder.with_suffix(".lock"), mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout:  # somebody is decoding it
            continue
        try:
            size, aside = bytes_of(folder), folder.with_name(f".gone-{folder.name.lstrip('.')}")
            shutil.rmtree(aside, ignore_errors=True)
            folder.rename(aside)
            shutil.rmtree(aside)
            freed += size
        except OSError as error:
            raise DataError(f"{folder}: cannot be deleted ({error.strerror}); see who may write there") from None
        finally:
            lock.release()
            Path(lock.lock_file).unlink(missing_ok=True)
    return freed
