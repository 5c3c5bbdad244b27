"""StartWatch: whether workers come to start at all. Knows no Ray and no clock."""

from __future__ import annotations

_LIMIT_SECONDS = 100.0  # a worker of a busy machine starts within a third of it


class StartWatch:
    """Hears, between two steps of a sweep, whether trials wait while none runs.

    Only on a machine of our own is that a fault; on a shared cluster others may hold every node for hours.
    """

    def __init__(self, *, local: bool) -> None:
        self._local = local
        self._waits_since: float | None = None
        self.trouble: str | None = None  # says that none starts

    def look(self, *, waiting: int, running: int, now: float) -> None:
        """So many trials wait for a worker and so many run at a time, in seconds of any clock that never goes back."""
        if not self._local or running or not waiting:
            self._waits_since = None
            return
        if self._waits_since is None:
            self._waits_since = now
        elif now - self._waits_since > _LIMIT_SECONDS:
            self.trouble = (
                f"no worker has started for {_LIMIT_SECONDS:.0f} s (is a limit on memory or processes too low? "
                "ulimit -a shows them)"
            )
