"""A folder of a driver's own, for what Ray writes while a sweep runs: private, of a short name, and gone at the end.

Ray would take `/tmp/ray`, which every user of the machine may write, so that another one could redirect its logs and
its sockets. A driver holds a lock in its folder; the folder of one that was killed is removed by whoever comes next.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "cnn-tune-"
BELOW = "xxxxxxxx/r"  # A folder's name goes on like this, and Ray writes there.
_LOCK = "driver.lock"
_UNLOCKED = re.compile(r"cnn-tune-ray-[a-z0-9_]{8}")  # Folders of older versions had no lock.
_UNLOCKED_SECONDS = 24 * 3600
_TRIES = 5
_PAUSE_SECONDS = 0.5


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """A new folder with mode 0700 in the temporary folder, which is removed behind the block."""
    above = Path(os.environ.get("RAY_TMPDIR") or tempfile.gettempdir())
    above.mkdir(parents=True, exist_ok=True)
    _remove_stale(above)
    hidden = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=above))
    lock = FileLock(hidden / _LOCK)
    lock.acquire()
    folder = hidden.rename(hidden.with_name(hidden.name[1:]))  # Nobody sees it without its lock.
    try:
        yield folder
    finally:
        remove(folder)
        lock.release()


def remove(folder: Path) -> None:
    """Remove a driver's folder, its lock last: processes of Ray's that are about to end may still write there, and what
    stays then is removed by whoever comes next."""
    for _ in range(_TRIES):
        for path in _but_the_lock(folder):
            shutil.rmtree(path, ignore_errors=True)
        if not _but_the_lock(folder):
            shutil.rmtree(folder, ignore_errors=True)
            return
        time.sleep(_PAUSE_SECONDS)


def _but_the_lock(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*") if path.name != _LOCK]


def _remove_stale(above: Path) -> None:
    """Remove what drivers of this user left that were killed."""
    for folder in above.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if not folder.is_symlink() and folder.stat().st_uid == os.getuid() and _is_stale(folder):
                remove(folder)


def _is_stale(folder: Path) -> bool:
    lock_path = folder / _LOCK
    if not lock_path.exists():
        return bool(_UNLOCKED.fullmatch(folder.name)) and time.time() - folder.stat().st_mtime > _UNLOCKED_SECONDS
    lock = FileLock(lock_path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    lock.release()
    return True
