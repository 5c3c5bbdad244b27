"""Why a sweep ends before its trials do: signals, a deadline, `tune stop`, a lost storage or cluster. Knows no Ray."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Literal

from reports.records.folder import SweepFolder
from reports.records.record import EndReason
from tune_jobs.storage.faults import trouble

Halt = Literal["SIGINT", "SIGTERM", "time_limit", "stopped", "paused", "failed"]
Outcome = Literal["completed"] | Halt
_SIGNALS: dict[signal.Signals, Literal["SIGINT", "SIGTERM"]] = {signal.SIGINT: "SIGINT", signal.SIGTERM: "SIGTERM"}
if hasattr(signal, "SIGHUP"):
    _SIGNALS[signal.SIGHUP] = "SIGTERM"  # the terminal was closed
_POLL_SECONDS = 0.5  # the disk is looked at no more often than this


class StopConditions:
    """Holds the first reason to end. It is asked between two steps of the sweep, so that nothing is half written."""

    def __init__(
        self,
        folder: SweepFolder,
        time_limit: float | None,
        aborted: Callable[[], str | None],
        fault: Callable[[], str | None],
    ) -> None:
        self._folder, self._aborted, self._fault = folder, aborted, fault
        self.paused_by: str | None = None  # says what is wrong with the storage or the cluster
        self._deadline = None if time_limit is None else time.monotonic() + time_limit
        self._signal: Halt | None = None
        self._bell: socket.socket | None = None  # gets the number of each signal at once
        self._looked = 0.0

    def reason(self) -> Halt | None:
        """Why the sweep is to end now, or None where it goes on."""
        if self._signal:
            return self._signal
        self.paused_by = self.paused_by or self._fault()
        if self.paused_by:
            return "paused"
        if self._aborted():
            return "failed"
        now = time.monotonic()
        if self._deadline is not None and now > self._deadline:
            return "time_limit"
        if now - self._looked > _POLL_SECONDS:
            self._looked = now
            self.paused_by = trouble(self._folder)
            if self.paused_by:
                return "paused"
            if self._folder.stop_path.exists():
                return "stopped"
        return None

    def signalled(self) -> Halt | None:
        """The signal that came, whatever the main thread is waiting in; for another thread to ask."""
        bell = self._bell
        if bell is not None and self._signal is None:
            with suppress(OSError):  # It has not rung, or is put away just now.
                asked = [_SIGNALS[signal.Signals(number)] for number in bell.recv(64) if number in set(_SIGNALS)]
                self._signal = self._signal or next(iter(asked), None)
        return self._signal

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Take SIGINT, SIGTERM and SIGHUP as requests while the block runs; a second one acts as it did before.

        A SIGHUP that is ignored, as `nohup` has it, stays so. A SIGINT is ignored wherever a script starts a command
        with `&`, but whoever sends one there means it.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        handlers = {number: signal.getsignal(number) for number in _SIGNALS}
        nohup = handlers[signal.SIGHUP] is signal.SIG_IGN
        before = {number: handler for number, handler in handlers.items() if not (nohup and number == signal.SIGHUP)}

        def request(number: int, frame: FrameType | None) -> None:
            self._signal = self._signal or _SIGNALS[signal.Signals(number)]
            signal.signal(number, before[signal.Signals(number)] or signal.SIG_DFL)

        for number in before:
            signal.signal(number, request)
        with self._rung():
            try:
                yield
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler or signal.SIG_DFL)

    @contextmanager
    def _rung(self) -> Iterator[None]:
        """Python calls a handler between two steps of the main thread only; the system rings the bell at once."""
        ring, bell = socket.socketpair()
        for end in (ring, bell):
            end.setblocking(False)
        earlier = signal.set_wakeup_fd(ring.fileno(), warn_on_full_buffer=False)
        self._bell = bell
        try:
            yield
        finally:
            self._bell = None
            signal.set_wakeup_fd(earlier)
            ring.close()
            bell.close()


def recorded_reason(outcome: Outcome) -> EndReason:
    """How the record calls a sweep's end. A signal is an interruption there."""
    return "interrupted" if outcome == "SIGINT" or outcome == "SIGTERM" else outcome
