"""Stopping a sweep from elsewhere: a request in the sweep's folder, which its driver sees wherever it runs."""

from __future__ import annotations

import contextlib
import time

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, is_running
from tune_jobs.progress import Progress
from tune_jobs.storage.mirror import ask_to_stop
from tune_jobs.storage.working_copy import look_again, uri_of

_WAIT_SECONDS = 60


def stop_sweep(folder: SweepFolder, progress: Progress) -> None:
    """Ask the driver to end, and wait until it has.

    Raises:
        SweepError: the sweep is not running, or its driver does not answer.
    """
    if not is_running(folder):
        raise SweepError(f"{folder.name} is not running; go on with it: tune resume {folder.name}")
    ask_to_stop(folder)
    deadline = time.monotonic() + _WAIT_SECONDS
    with progress.doing(f"Waiting for {folder.name} to end"):
        while is_running(folder):
            if time.monotonic() > deadline:
                raise SweepError(f"{folder.name} was asked to end but still runs after {_WAIT_SECONDS} s")
            time.sleep(1 if uri_of(folder) else 0.2)
            with contextlib.suppress(SweepError):  # the request was left; an answer may take several looks
                look_again(folder)
