"""A sweep of many trials costs the driver little."""

from __future__ import annotations

import time

import psutil
import pytest

from tests.tune_jobs.sweeps import finish, launch_words, nothing_lost

TRIVIAL = [
    *("data.images=20", "data.image_size=[8,8]", "fixed.width=4", "fixed.levels=2"),
    *("budget.trials=400", "budget.max_epochs=1", "budget.reduction_factor=null"),
]


@pytest.mark.slow
def test_the_drivers_memory_grows_by_less_than_100_mb_over_400_trials(command, folder):
    process = command(*launch_words("s", TRIVIAL))
    driver, begun, most = psutil.Process(process.pid), None, 0
    while process.poll() is None:
        ended = folder.record_path.read_text().count('"trial_ended"') if folder.record_path.exists() else 0
        with driver.oneshot():
            memory = driver.memory_info().rss if driver.status() != psutil.STATUS_ZOMBIE else 0
        if ended >= 20:
            begun, most = begun or memory, max(most, memory)
        if ended == 400:
            break  # what follows draws the report
        time.sleep(0.2)
    finish(process)
    nothing_lost(folder.state(), folder, requested=400)
    assert begun
    assert most - begun < 100e6
