"""A sweep that is to end, but does not, since Ray no longer answers: its record is closed and its process is ended.

The main thread may wait inside Ray for minutes, and hears no signal there.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType

from tune_jobs.search.stop_conditions import Halt

_POLL_SECONDS = 0.25
_ORDERLY_SECONDS = 30.0  # A sweep ends in order within this time on a machine that is busy.
_LOST_SECONDS = 5.0  # So long it may try where Ray is known to be lost.
_CLOSE_SECONDS = 5.0  # The disk may hang too.
_SHOW_CURSOR = "\x1b[?25h"


@dataclass(frozen=True)
class Exit:
    """How the process is ended."""

    words: str
    code: int


class LastResort:
    """Watches, in a thread of its own, a block that runs a sweep."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._ending = threading.Lock()

    def guard(
        self,
        *,
        due: Callable[[], Halt | None],
        lost: Callable[[], bool],
        close: Callable[[Halt], None],
        leave: Callable[[Halt], Exit],
    ) -> None:
        """Begin to watch.

        Args:
            due: why the sweep is to end now, if it is; any thread may ask.
            lost: whether Ray is known to be lost.
            close: closes the record.
            leave: puts away what should not outlive the process, and says how it is to end.
        """

        def watch() -> None:
            since: float | None = None
            while not self._over.wait(_POLL_SECONDS):
                reason = due()
                if reason is None:
                    continue
                since = since or time.monotonic()
                if time.monotonic() - since > (_LOST_SECONDS if lost() else _ORDERLY_SECONDS):
                    self._end(partial(close, reason), partial(leave, reason))

        threading.Thread(target=watch, name="last-resort", daemon=True).start()

    def __enter__(self) -> LastResort:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with self._ending:  # where the process is being ended, nothing comes behind this
            return

    def _end(self, close: Callable[[], None], leave: Callable[[], Exit]) -> None:
        with self._ending:
            if self._over.is_set():
                return
            closing = threading.Thread(target=close, daemon=True)
            closing.start()
            closing.join(_CLOSE_SECONDS)
            left = leave()
            if sys.stdout.isatty():
                sys.stdout.write(_SHOW_CURSOR)  # the table of a running sweep hides it
            print(left.words, flush=True)
            os._exit(left.code)
