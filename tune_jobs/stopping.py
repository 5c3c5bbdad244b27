"""`tune stop`: a request in the sweep's folder, which its driver sees wherever it runs."""

from __future__ import annotations

import time

from rich.console import Console

from reports.sweep_folder import SweepFolder, is_running
from tune_jobs.errors import SweepError

_WAIT_SECONDS = 60


def stop_sweep(folder: SweepFolder, console: Console) -> None:
    """Ask the driver to end, and wait until it has.

    Raises:
        SweepError: the sweep is not running, or its driver does not answer.
    """
    if not is_running(folder):
        raise SweepError(f"{folder.name} is not running; go on with it: tune resume {folder.name}")
    folder.stop_path.touch()
    deadline = time.monotonic() + _WAIT_SECONDS
    with console.status(f"Waiting for {folder.name} to end"):
        while is_running(folder):
            if time.monotonic() > deadline:
                raise SweepError(f"{folder.name} was asked to end but still runs after {_WAIT_SECONDS} s")
            time.sleep(0.2)
    console.print(f"Stopped. Go on with: tune resume {folder.name}", highlight=False)
