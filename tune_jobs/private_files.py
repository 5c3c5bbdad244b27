"""Files of one user alone: the umask of this process while sweeps run in it, and as it was behind them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Umask:
    """What sweeps and caches are made with; counted, since sweeps of several threads may overlap."""

    lock = threading.Lock()
    users = 0
    before = 0


@contextmanager
def files_are_ours() -> Iterator[None]:
    """Files that are made in the block are readable by this user alone, as the command's are; later ones as before."""
    with _Umask.lock:
        if not _Umask.users:
            _Umask.before = os.umask(0o077)
        _Umask.users += 1
    try:
        yield
    finally:
        with _Umask.lock:
            _Umask.users -= 1
            if not _Umask.users:
                os.umask(_Umask.before)
