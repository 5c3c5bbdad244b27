"""Several sweeps on one machine, each with a Ray of its own: they share its cores, none more than its part.

Ray arbitrates within a cluster; two local sweeps are two clusters. A core is a lock file: whoever holds the lock may
use the core, and the system frees it when the holder dies. How many sweeps there are is counted by locks as well.
"""

from __future__ import annotations

import math
from pathlib import Path

from filelock import FileLock, Timeout


class MachineShare:
    """One sweep's part of this machine's cores."""

    def __init__(self, folder: Path, cores: int, owner: str) -> None:
        """
        Args:
            folder: where the lock files of this machine lie.
            cores: that it has.
            owner: a name that no other sweep on this machine has, such as the number of its process.
        """
        self._folder, self._cores = folder, cores
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._mine = FileLock(folder / f"sweep-{owner}.lock")
        self._mine.acquire()
        self._held: list[FileLock] = []

    def take(self, cores: int) -> list[FileLock] | None:
        """Hold so many cores for a trial, or None where that is more than a fair part, or others still hold them.

        A sweep without any core may always have those of one trial, whatever its part.
        """
        part = math.ceil(self._cores / self.sweeps())
        if self._held and len(self._held) + cores > part:
            return None
        taken: list[FileLock] = []
        for number in range(self._cores):
            if len(taken) == cores:
                break
            lock = FileLock(self._folder / f"core-{number}.lock")
            if _try(lock):
                taken.append(lock)
        if len(taken) < cores:
            for lock in taken:
                lock.release()
            return None
        self._held += taken
        return taken

    def give_back(self, taken: list[FileLock]) -> None:
        """A trial has ended."""
        for lock in taken:
            lock.release()
            self._held.remove(lock)

    def sweeps(self) -> int:
        """How many sweeps run on this machine, this one included."""
        return 1 + sum(_is_held(path) for path in self._folder.glob("sweep-*.lock") if path != self._path)

    @property
    def _path(self) -> Path:
        return Path(self._mine.lock_file)

    def close(self) -> None:
        self.give_back(list(self._held))
        self._mine.release()
        self._path.unlink(missing_ok=True)


def _try(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _is_held(path: Path) -> bool:
    lock = FileLock(path)
    if not _try(lock):
        return True
    lock.release()
    path.unlink(missing_ok=True)  # of a sweep that died
    return False
