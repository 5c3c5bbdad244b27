"""A call that may hang, beside the driver: it is made in a thread of its own, behind a queue and a time limit.

Python cannot end a thread that hangs, so one that is given up is left behind; it keeps no process alive.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any


class Background:
    """Makes calls one after another. Whoever asks for them is never kept waiting, but by `close`, and not for long."""

    def __init__(self, name: str, limit: float) -> None:
        """`limit` is how many seconds one call may take."""
        self._limit = limit
        self._calls: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._began: float | None = None  # time.monotonic() of the call that is being made
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ask(self, call: Callable[[], Any]) -> None:
        """Make this call once those before it have been made; none is made behind one that failed."""
        self._calls.put(call)

    @property
    def trouble(self) -> str | None:
        """Why no more calls are made, in words; None while they are."""
        if self._error is not None:
            first = next(iter(str(self._error).splitlines()), "")
            return f"{type(self._error).__name__}: {first[:200]}"
        began = self._began
        if began is not None and time.monotonic() - began > self._limit:
            return f"no answer for {self._limit:.0f} s"
        return None

    def close(self, seconds: float) -> str | None:
        """Wait until all calls are made, at most so long; what became of them, in words, None where all is well."""
        self._calls.put(None)
        self._thread.join(min(seconds, self._limit))
        if self._thread.is_alive() and self._error is None:
            return f"it had not taken everything {min(seconds, self._limit):.0f} s after the end"
        return self.trouble

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            self._began = time.monotonic()
            try:
                call()
            except Exception as error:  # whoever asked is told of it, whatever it is
                self._error = error
                return
            self._began = None
