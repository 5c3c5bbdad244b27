"""Connections that say nothing, or read nothing, are let go; and there are only so many."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 500
SILENCE_SECONDS = 10.0  # until a request is whole
UNREAD_SECONDS = 60.0  # that an answer waits in our memory for a reader who takes nothing of it


class PatientProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, whose patience is limited; uvicorn itself waits for the rest of a request for ever."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._silence: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._wait_for_a_request()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_answering():
            self._silence = _cancelled(self._silence)
        elif self._silence is None:  # the first part of a further request
            self._wait_for_a_request()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread = _cancelled(self._unread)

    def connection_lost(self, exc: Exception | None) -> None:
        self._silence, self._unread = _cancelled(self._silence), _cancelled(self._unread)
        super().connection_lost(exc)

    def _wait_for_a_request(self) -> None:
        self._silence = self.loop.call_later(SILENCE_SECONDS, self._let_go)

    def _let_go(self) -> None:
        self._silence = None
        if not self._is_answering():
            self.transport.abort()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete


def _cancelled(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
