"""StartWatch: whether workers come to start at all. Knows no Ray and no clock."""

from __future__ import annotations

from tune_jobs.formatting import duration

WAIT_FOR_NODES = 3600.0  # seconds; nodes that were taken away, or a machine that starts anew, are back by then
_LIMIT_SECONDS = 100.0  # a worker starts within a tenth of it
_TIMES_AS_LONG = 20.0  # as Ray itself: a machine so busy that Ray took half a minute has more time for its workers
_MOST_FAILURES = 8  # of starts, one behind the other
_FAILING_SECONDS = 60.0  # where many workers are lost at one instant, that says nothing yet


class StartWatch:
    """Hears, between two steps of a sweep, whether trials wait while none runs.

    On a machine of our own that is a fault. On a shared cluster others may hold every node for hours; but where its
    nodes are gone, a sweep waits only as long as a person wants.
    """

    def __init__(self, *, local: bool, start_seconds: float = 0.0, wait_for_nodes: float = WAIT_FOR_NODES) -> None:
        """`start_seconds` is how long Ray itself took to start."""
        self._local, self._wait_for_nodes = local, wait_for_nodes
        self._limit = max(_LIMIT_SECONDS, _TIMES_AS_LONG * start_seconds)
        self._waits_since: float | None = None
        self._failures: list[float] = []
        self.trouble: str | None = None  # says that none starts

    def patience(self) -> str:
        """How long it waits for nodes, in words."""
        return f"at most {duration(self._wait_for_nodes)} (--wait-for-nodes)"

    def look(self, *, waiting: int, running: int, room: int, now: float) -> None:
        """So many trials wait for a worker, so many run, and the nodes have room for so many, at a time in seconds of
        any clock that never goes back."""
        faulty = bool(waiting) if self._local else not room
        if running or not faulty:
            self._waits_since = None
            return
        if self._waits_since is None:
            self._waits_since = now
        if now - self._waits_since <= (self._limit if self._local else self._wait_for_nodes):
            return
        self.trouble = (
            f"no worker has started for {self._limit:.0f} s (is a limit on memory or processes too low? "
            "ulimit -a shows them)"
            if self._local
            else f"no node of the cluster has had room for a trial for {duration(self._wait_for_nodes)}"
        )

    def failed(self, why: str, now: float) -> None:
        """One more worker has not come to train, by no fault of its trial."""
        self._failures.append(now)
        if len(self._failures) >= _MOST_FAILURES and now - self._failures[0] > _FAILING_SECONDS:
            self.trouble = f"{len(self._failures)} workers in a row could not start: {why}"

    def trained(self) -> None:
        """A worker has trained."""
        self._failures = []
