"""The processes of a Ray of our own: how they are started, and how they are ended where Ray cannot do it in order."""

from __future__ import annotations

import contextlib
import functools
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from tune_jobs.errors import EXIT_SIGTERM

_START_SECONDS = 120.0
_POLL_SECONDS = 0.2


@contextlib.contextmanager
def started_our_way(meanwhile: Callable[[], object]) -> Iterator[None]:
    """What Ray starts in the block is in groups of its own, and has time to start; while its raylet starts, `meanwhile`
    is called once. Ray has no settings for any of it.

    `timeout` and terminals send signals to all of a process's group, and a sweep cannot end in order over a Ray that
    has just been ended. Ray gives its raylet 30 s to start, which a busy machine may not keep. It takes a second of
    which it sleeps most, and there is work to do: in this thread, since threads that import Ray together may deadlock.
    """
    from ray._private import services

    popen, get_node = services.ConsolePopen, services.get_node
    services.ConsolePopen = functools.partial(popen, process_group=0)
    once = functools.cache(meanwhile)

    def node(*which: Any) -> Any:
        once()
        return _patiently(get_node, deadline, *which)

    deadline = time.monotonic() + _START_SECONDS
    services.get_node = node
    try:
        yield
    finally:
        services.ConsolePopen, services.get_node = popen, get_node


def _patiently(get_node: Callable[..., Any], deadline: float, *which: Any) -> Any:
    """What Ray asks again and again until its new raylet answers, and gives up by itself in between."""
    while True:
        try:
            return get_node(*which)
        except RuntimeError:
            if time.monotonic() > deadline or _raylet_has_ended():
                raise
            time.sleep(_POLL_SECONDS)


def _raylet_has_ended() -> bool:
    found = [one for one in psutil.Process().children() if one.name() == "raylet"]
    return not found or max(found, key=lambda one: one.create_time()).status() == psutil.STATUS_ZOMBIE


def exit_on_sigterm() -> None:
    """Let SIGTERM end this process as an error does, so that nothing is left behind, with the code that shells expect.

    Ray sets a handler of its own when it starts, which ends with another code.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(EXIT_SIGTERM))


def processes(node: Any) -> dict[str, int]:
    """The processes that this one has started for its Ray, by Ray's names for them."""
    return {name: infos[0].process.pid for name, infos in node.all_processes.items()}


def kill(pids: list[int]) -> None:
    """End processes and what they have started, though they be suspended."""
    found: list[Any] = []
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            found += [process, *process.children(recursive=True)]
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.kill()


def started_for(folder: Path) -> list[int]:
    """The processes that this one has started and that write below a folder."""
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if any(str(folder) in word for word in child.cmdline()):
                found.append(child.pid)
    return found
