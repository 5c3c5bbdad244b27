"""Faults of the storage that keeps sweeps: it is full, it is gone, or it cannot be written.

No trial has caused such a fault, so none fails by it: the whole sweep is paused.
"""

from __future__ import annotations

import errno
import shutil

from cnnmodels.disk_space import reserve_bytes
from reports.records.folder import SweepFolder

_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.ENOENT, errno.ENODEV, errno.EACCES}


class StorageLostError(Exception):
    """A line of a sweep's record could not be written."""


def is_storage_fault(error: OSError) -> bool:
    """Whether the storage is to blame for the error, and not the trial."""
    return error.errno in _FAULTS


def fault_behind(error: BaseException) -> OSError | None:
    """The fault of a disk that an error came of, however often it was wrapped; None if there was none."""
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, OSError) and is_storage_fault(behind):
            return behind
        behind = behind.__cause__ or behind.__context__
    return None


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
