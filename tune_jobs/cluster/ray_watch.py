"""What a driver's Ray hangs on, watched while a sweep runs: its cluster's head, and the processes on its own machine.

Ray itself would wait for a process that is suspended, and would end this one a minute after it lost the head, with a
message that does not say how to resume the sweep.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Sequence
from typing import Literal, Protocol

import psutil

from tune_jobs.cluster.hello import first_words, split

Condition = Literal["well", "silent", "gone"]
_POLL_SECONDS = 1.0
_ANSWER_SECONDS = 2.0  # A port that lives answers within this time.
_SILENCE_SECONDS = (
    25.0  # A head that keeps its state elsewhere, or a process that was suspended, may come back so long.
)
_SURE_SECONDS = 5.0  # What has just been killed is seen to be gone within this time.
_SUSPENDED = (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
_ENDED = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


class Watched(Protocol):
    """Something without which no sweep goes on."""

    @property
    def lost(self) -> str:
        """What is said where it has been silent for too long."""

    @property
    def ended(self) -> str:
        """What is said where it is gone for good."""

    def condition(self) -> Condition: ...


class Head:
    """The port of a cluster's head, on whichever machine."""

    def __init__(self, address: str) -> None:
        """
        Args:
            address: the host:port of the head's own store (Ray's GCS).
        """
        self._place = split(address)
        self.lost = self.ended = f"the cluster at {address} no longer answers"

    def condition(self) -> Condition:
        try:
            first_words(*self._place, _ANSWER_SECONDS)
        except OSError:
            return "silent"
        return "well"


class OwnProcess:
    """A process of Ray's on this machine."""

    def __init__(self, name: str, pid: int) -> None:
        """
        Raises:
            psutil.NoSuchProcess: it has ended already.
        """
        self._process = psutil.Process(pid)
        self.lost = f"Ray's {name} on this machine is suspended"
        self.ended = f"Ray's {name} on this machine has ended"

    def condition(self) -> Condition:
        try:
            status = self._process.status() if self._process.is_running() else psutil.STATUS_DEAD
        except psutil.Error:
            return "gone"
        if status in _ENDED:
            return "gone"
        return "silent" if status in _SUSPENDED else "well"


def listener(unix_socket: str) -> int | None:
    """The process that listens at a socket of this machine; None where that cannot be known."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
        probe.settimeout(_ANSWER_SECONDS)
        probe.connect(unix_socket)
        credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid: int = struct.unpack("3i", credentials)[0]
        return pid or None  # It is 0 where the process is in another container.
    return None


class RayWatch:
    """Polls what is watched, in a thread of its own, and remembers the first trouble."""

    def __init__(self, parts: Sequence[Watched]) -> None:
        # The sweep has just reached all of it; what cannot be polled from here is not watched.
        self._parts = [part for part in parts if part.condition() == "well"]
        self.trouble: str | None = None  # This says what was lost.
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name="ray-watch", daemon=True).start()

    def close(self) -> None:
        self._closed.set()

    def wait(self) -> str | None:
        """Wait until it is known whether something is lost; the trouble, or None where all stays well for a while."""
        unwell_at = time.monotonic()
        while self.trouble is None and time.monotonic() - unwell_at < _SURE_SECONDS:
            time.sleep(_POLL_SECONDS)
            if not all(part.condition() == "well" for part in self._parts):
                unwell_at = time.monotonic()
        return self.trouble

    def _watch(self) -> None:
        well_at = dict.fromkeys(self._parts, time.monotonic())
        while not self._closed.wait(_POLL_SECONDS) and self.trouble is None:
            for part, since in well_at.items():
                condition = part.condition()
                if condition == "gone":
                    self.trouble = self.trouble or part.ended
                elif condition == "well":
                    well_at[part] = time.monotonic()
                elif time.monotonic() - since > _SILENCE_SECONDS:
                    self.trouble = self.trouble or part.lost
