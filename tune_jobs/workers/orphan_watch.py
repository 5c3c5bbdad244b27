"""A worker whose raylet is gone ends itself, since its driver cannot reach it any more and its trial goes on elsewhere.

Ray asks such a worker to end when its task does, which may be an epoch later; so long it would hold its trial's lock.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable

import psutil

from tune_jobs.cluster.ray_watch import OwnProcess

_POLL_SECONDS = 1.0
_SUSPENDED_SECONDS = 40.0  # By then its cluster has given the raylet up, and its sweep has ended or goes on elsewhere.


def end_with_raylet() -> None:
    """Watch this worker's raylet from now on, in a thread of its own; a process that Ray did not start has none."""
    raylet = os.environ.get("RAY_RAYLET_PID", "")
    if raylet.isdigit():
        watch = threading.Thread(
            target=_watch, args=(int(raylet), lambda: os._exit(1)), name="orphan-watch", daemon=True
        )
        watch.start()


def _watch(raylet: int, end: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process, well_at = OwnProcess("raylet", raylet), time.monotonic()
        while (condition := process.condition()) != "gone":
            if condition == "well":
                well_at = time.monotonic()
            elif time.monotonic() - well_at > _SUSPENDED_SECONDS:
                break
            time.sleep(_POLL_SECONDS)
    end()
