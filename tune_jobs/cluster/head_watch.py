"""Whether the head of a cluster still answers. Ray itself would end the process a minute after it lost the head, with a
message that does not say how to resume the sweep."""

from __future__ import annotations

import os
import socket
import threading
import time

from tune_jobs.errors import EXIT_PAUSED

_POLL_SECONDS = 2.0
_SILENCE_SECONDS = 25.0  # A head that keeps its state elsewhere may come back within this time.
_GRACE_SECONDS = 15.0  # The sweep may end in order within this time, unless it waits for the head.


class HeadWatch:
    """Polls a head's port while a sweep runs, and ends the process if the head is lost and the sweep does not end."""

    def __init__(self, address: str) -> None:
        """
        Args:
            address: the host:port of the head's own store (Ray's GCS).
        """
        self._address = address
        self.trouble: str | None = None  # This says why the cluster is taken to be lost.
        self.exit_message = ""  # This is printed if the process has to be ended.
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name="head-watch", daemon=True).start()

    def close(self) -> None:
        self._closed.set()

    def _watch(self) -> None:
        if not _answers(self._address):
            return  # The sweep has just reached the head, so its port only cannot be polled from here.
        answered_at = time.monotonic()
        while time.monotonic() - answered_at < _SILENCE_SECONDS:
            if self._closed.wait(_POLL_SECONDS):
                return
            if _answers(self._address):
                answered_at = time.monotonic()
        self.trouble = f"the cluster at {self._address} no longer answers"
        if not self._closed.wait(_GRACE_SECONDS):
            print(f"Paused: {self.trouble}. {self.exit_message}", flush=True)
            os._exit(EXIT_PAUSED)


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_POLL_SECONDS).close()
    except OSError:
        return False
    return True
