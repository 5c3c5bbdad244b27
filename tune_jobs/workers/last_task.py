"""LastTask: what the worker of the last trial does before it ends, since it has torch and the images at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ray

_SECONDS = 30  # the worker has ended by then, with or without a result


class LastTask:
    """A function that is run by the worker of whichever trial turns out to be the last one."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._function, self._arguments = function, arguments
        self._result: Any = None

    def begin(self, worker: Any) -> None:
        """Run it in this worker, whose trial has just ended."""
        self._result = worker.run.remote(self._function, *self._arguments)

    def result(self) -> Any:
        """What it returned; None where it was not run to its end, so that the driver does it itself."""
        if self._result is None:
            return None
        try:
            return ray.get(self._result, timeout=_SECONDS)
        except Exception:  # whatever has happened to the worker
            return None
