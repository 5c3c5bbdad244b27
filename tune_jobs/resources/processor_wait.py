"""How much of its time this process waits for a processor, which is what other programs take of a machine."""

from __future__ import annotations

from pathlib import Path


class ProcessorWait:
    """Counts from when it is made. Of Linux's scheduler (`/proc/PID/task/*/schedstat`); elsewhere nothing is known."""

    def __init__(self) -> None:
        self._ran, self._waited = _nanoseconds()

    def share(self) -> float:
        """The part of the time that its threads were ready to run in which they waited, 0 to 1; 0 where not known."""
        ran, waited = _nanoseconds()
        ready = ran - self._ran + waited - self._waited
        return max(0.0, (waited - self._waited) / ready) if ready > 0 else 0.0


def _nanoseconds() -> tuple[int, int]:
    """That the threads of this process ran, and waited to run."""
    ran = waited = 0
    for path in Path("/proc/self/task").glob("*/schedstat"):
        try:
            first, second, _ = path.read_text().split()
        except (OSError, ValueError):  # a thread that has just ended
            continue
        ran, waited = ran + int(first), waited + int(second)
    return ran, waited
