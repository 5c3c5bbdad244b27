"""Whether the head of a cluster still answers. Without it, Ray ends the process after a minute, in words of its own."""

from __future__ import annotations

import os
import socket
import threading
import time

from tune_jobs.errors import EXIT_PAUSED

_LOOK_SECONDS = 2.0
_SILENCE_SECONDS = 25.0  # a head that keeps its state elsewhere may come back within that
_GRACE_SECONDS = 15.0  # in which the sweep may end in order, unless it waits for an answer of the head


class HeadWatch:
    """Looks at a head's port while a sweep runs; ends the process if the sweep does not do so itself."""

    def __init__(self, address: str) -> None:
        """
        Args:
            address: host:port where the head keeps who is who.
        """
        self._address = address
        self.trouble: str | None = None  # why the cluster is taken to be lost
        self.last_words = ""  # what a person is told if the process has to be ended
        self._over = threading.Event()
        threading.Thread(target=self._watch, name="head-watch", daemon=True).start()

    def close(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        if not _answers(self._address):
            return  # it cannot be looked at from here, since the sweep has just reached it
        heard = time.monotonic()
        while time.monotonic() - heard < _SILENCE_SECONDS:
            if self._over.wait(_LOOK_SECONDS):
                return
            if _answers(self._address):
                heard = time.monotonic()
        self.trouble = f"the cluster at {self._address} no longer answers"
        if not self._over.wait(_GRACE_SECONDS):
            print(f"Paused: {self.trouble}. {self.last_words}", flush=True)
            os._exit(EXIT_PAUSED)


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_LOOK_SECONDS).close()
    except OSError:
        return False
    return True
