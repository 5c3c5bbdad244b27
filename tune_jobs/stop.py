"""Stopping a sweep from elsewhere: a request in the sweep's folder, which its driver sees wherever it runs."""

from __future__ import annotations

import contextlib
import time

from reports.analysis.summary import is_complete
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, is_running
from tune_jobs.progress import Progress
from tune_jobs.storage.mirror import ask_to_stop
from tune_jobs.storage.working_copy import look_again, storage_option, uri_of

_WAIT_SECONDS = 60


def stop_sweep(folder: SweepFolder, progress: Progress) -> None:
    """Ask the driver to end, and wait until it has.

    Raises:
        SweepError: the sweep is not running, or its driver does not answer.
    """
    if not is_running(folder):
        spec, state = folder.spec(), folder.state()
        if is_complete(spec, state):
            raise SweepError(f"{folder.name} is complete ({len(state.finished)} trials); there is nothing to stop")
        raise SweepError(f"{folder.name} is not running. {how_to_go_on(folder)}")
    ask_to_stop(folder)
    deadline = time.monotonic() + _WAIT_SECONDS
    with progress.doing(f"Waiting for {folder.name} to end"):
        while is_running(folder):
            if time.monotonic() > deadline:
                raise SweepError(f"{folder.name} was asked to end but still runs after {_WAIT_SECONDS} s")
            time.sleep(1 if uri_of(folder) else 0.2)
            with contextlib.suppress(SweepError):  # the request was left; an answer may take several looks
                look_again(folder)


def how_to_go_on(folder: SweepFolder) -> str:
    """The command that takes up a sweep that has something left to run."""
    return f"Go on with: tune resume {folder.name}{storage_option(folder)}"
