"""Faults of the storage that keeps sweeps: it is full, it is gone, or it cannot be written.

No trial has caused such a fault, so none fails by it: the whole sweep is paused.
"""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from reports.records.folder import SweepFolder

_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.ENOENT, errno.ENODEV, errno.EACCES}
_RESERVE_BYTES = 500_000_000
_RESERVE_SHARE = 0.05  # A small disk keeps this part of itself in reserve instead.


class StorageLostError(Exception):
    """A line of a sweep's record could not be written."""


def is_storage_fault(error: OSError) -> bool:
    """Whether the storage is to blame for the error, and not the trial."""
    return error.errno in _FAULTS


def trouble(folder: SweepFolder) -> str | None:
    """What is wrong with a sweep's storage, in words; None while nothing is."""
    try:
        if not folder.exists():
            return f"{folder.path} is gone"
        usage = shutil.disk_usage(folder.path)
    except OSError as error:
        return f"{folder.path}: {error.strerror}"
    if usage.free < reserve_bytes(usage.total):
        return f"{folder.path}: only {usage.free / 1e6:,.0f} MB free"
    return None


def reserve_bytes(total: int) -> float:
    """The free space below which a sweep pauses, so that what it has to write at its end still fits."""
    return min(_RESERVE_BYTES, _RESERVE_SHARE * total)


def refuse_full(storage: Path, needed_bytes: float) -> str | None:
    """Why a sweep that needs so much space should not begin; None if it fits."""
    where = next(path for path in (storage.absolute(), *storage.absolute().parents) if path.exists())
    usage = shutil.disk_usage(where)
    free = usage.free - reserve_bytes(usage.total)
    if needed_bytes <= free or not usage.total:  # A disk of no size cannot be written, and says so when it is tried.
        return None
    return f"{storage}: needs about {size(needed_bytes)}, {size(max(0.0, free))} free"


def size(count: float) -> str:
    """A number of bytes in the unit that fits it."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
