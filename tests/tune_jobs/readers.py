"""Many readers of `tune serve`, as browsers are: each asks whether something changed, and for the page if it did."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import Counter

from tests.reports.serving import ask

POLL_SECONDS = 1.5  # as reports/pages/templates/live.js
_LEAST = 19  # priority: browsers are on machines of their own, and take nothing from a sweep but what the server does


class Readers:
    """So many readers of one sweep's page, until they are sent home."""

    def __init__(self, address: str, sweep: str, count: int) -> None:
        self._page = f"{address}sweeps/{sweep}/"
        self._ended = threading.Event()
        self._lock, self.statuses = threading.Lock(), Counter()
        self._threads = [threading.Thread(target=self._read, args=(number / count,)) for number in range(count)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _read(self, late: float) -> None:
        if sys.platform == "linux":  # elsewhere threads have no priority of their own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LEAST)
        time.sleep(late * POLL_SECONDS)
        known = None
        while not self._ended.wait(POLL_SECONDS):
            version = self._ask(f"{self._page}version")
            if version != known:
                known = version
                self._ask(self._page)

    def _ask(self, address: str) -> str:
        status, text, _ = ask(address)
        with self._lock:
            self.statuses[status] += 1
        return text
