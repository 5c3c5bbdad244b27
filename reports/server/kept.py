"""What was drawn of sweeps, kept until they move on: one at a time is read and drawn, and so much is kept at most.

A record of N bytes takes about ten times as many while it is read, so that the server's memory is bounded by the
largest record that it reads (LARGEST_RECORD), by what it keeps (MOST_KEPT), and by nothing that is asked of it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.plain_files import size_or_none

LARGEST_RECORD = 200_000_000  # bytes; larger ones are for `tune report`, which is a process of its own
MOST_KEPT = 100_000_000  # bytes of pages and tables
_SHARE_OF_TIME = 10  # a page that took a second to draw is drawn again after ten at the earliest
_PATIENCE_SECONDS = 60.0  # so long a request waits for its turn


class BusyError(Exception):
    """Others are being answered; ask again."""


class TurnOfReading:
    """Whoever reads a record has it, and nobody else reads one meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, patience_seconds: float = _PATIENCE_SECONDS) -> Iterator[None]:
        """
        Raises:
            BusyError: somebody else has it for longer than that.
        """
        if not self._lock.acquire(timeout=max(0.0, patience_seconds)):
            raise BusyError
        try:
            yield
        finally:
            self._lock.release()


def refuse_large(*folders: SweepFolder) -> None:
    """
    Raises:
        SweepError: their records are more, all together, than this server reads at once.
    """
    total = sum(size_or_none(folder.record_path) or 0 for folder in folders)
    if total > LARGEST_RECORD:
        raise SweepError(
            f"a record of {total / 1e6:.0f} MB; this server reads {LARGEST_RECORD / 1e6:.0f} MB at once, so draw a "
            "file: tune report, or tune compare"
        )


@dataclass(frozen=True)
class _Drawn:
    version: str
    content: bytes
    at: float  # of the monotonic clock, in seconds
    seconds: float  # it took


class Kept:
    """Pages and tables by their names. Safe to ask from several threads."""

    def __init__(self, turn: TurnOfReading, most_bytes: int = MOST_KEPT) -> None:
        self._turn, self._most_bytes = turn, most_bytes
        self._drawn: OrderedDict[str, _Drawn] = OrderedDict()  # the longest unasked first

    def version(self, name: str, current: Callable[[], str]) -> str:
        """Of what would be given now; `current` is that of what would be drawn."""
        known = self._drawn.get(name)
        if known is not None and time.monotonic() - known.at < _SHARE_OF_TIME * known.seconds:
            return known.version
        return current()

    def get(self, name: str, current: Callable[[], str], draw: Callable[[], bytes]) -> bytes:
        """What was drawn under a name, drawn anew where its version has changed.

        Raises:
            BusyError: it would have to be drawn, and others are being answered.
        """
        known = self._drawn.get(name)
        if known is not None and known.version == self.version(name, current):
            return known.content
        with self._turn.taken():
            version, known = self.version(name, current), self._drawn.get(name)
            if known is None or known.version != version:
                began = time.monotonic()
                content = draw()
                known = _Drawn(version, content, time.monotonic(), time.monotonic() - began)
                self._keep(name, known)
            return known.content

    def _keep(self, name: str, drawn: _Drawn) -> None:
        self._drawn[name] = drawn
        self._drawn.move_to_end(name)
        while len(self._drawn) > 1 and sum(len(one.content) for one in self._drawn.values()) > self._most_bytes:
            self._drawn.popitem(last=False)
