"""Turns: of the runs on a machine, one that measures a time runs alone; the others wait between two of their steps.

Two locks of the operating system, which go with the process that held them: whoever trains holds the room together with
others for the length of a step; whoever measures shuts the door before, so that no further step begins, and then has
the room alone once those that had begun are through.
"""

from __future__ import annotations

import fcntl
import os
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import torch

_NONE = -1  # in the place of a handle


class Turns:
    """What runs of one machine agree on.

    Args:
        folder: of the locks, on a disk of this machine; it is made where it is missing. None: nobody measures, so that
            no step waits.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._door = self._room = _NONE
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._door, self._room = (
                os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600) for name in ("door", "room")
            )
            weakref.finalize(self, _close, self._door, self._room)

    def step(self, device: torch.device) -> AbstractContextManager[None]:
        """Work on a device that others do at the same time."""
        return nullcontext() if self._door == _NONE else self._beside_others(device)

    @contextmanager
    def _beside_others(self, device: torch.device) -> Iterator[None]:
        with _held(self._door, fcntl.LOCK_SH):
            fcntl.flock(self._room, fcntl.LOCK_SH)
        try:
            yield
            if device.type == "cuda":
                torch.cuda.synchronize(device)  # which runs behind the processor
        finally:
            fcntl.flock(self._room, fcntl.LOCK_UN)

    def alone(self) -> AbstractContextManager[None]:
        """Work that nobody else does anything beside; not within a step of the same run."""
        return nullcontext() if self._door == _NONE else self._without_others()

    @contextmanager
    def _without_others(self) -> Iterator[None]:
        with _held(self._door, fcntl.LOCK_EX), _held(self._room, fcntl.LOCK_EX):
            yield


def _close(*handles: int) -> None:
    for handle in handles:
        os.close(handle)


@contextmanager
def _held(handle: int, how: int) -> Iterator[None]:
    fcntl.flock(handle, how)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
