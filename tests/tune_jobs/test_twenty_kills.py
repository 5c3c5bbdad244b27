"""A driver that is killed again and again, at moments that nobody chose; in the end nothing is lost."""

from __future__ import annotations

import random
import time

import pytest

from cnnmodels.checkpoint import TrialCheckpoints
from reports.records.folder import SweepFolder
from reports.records.state import SweepState
from tests.tune_jobs.sweeps import SLOW, epochs_recorded, finish, launch_words, nothing_lost, still_so, wait_for

KILLS = 20
SLOTS = 2


@pytest.mark.slow
def test_a_driver_killed_at_twenty_random_moments_loses_nothing(command, folder):
    chance, seen = random.Random(0), SweepState()
    process = command(*launch_words("s", [*SLOW, "budget.trials=30"]))
    wait_for(folder.exists, process)
    for kill in range(KILLS):
        known = epochs_recorded(folder)
        if kill % 4 == 0:  # while trials run; else while it starts, more often than not
            wait_for(lambda known=known: epochs_recorded(folder) > known, process)
            time.sleep(chance.uniform(0, 2))
        else:
            time.sleep(chance.uniform(0, 6))
        process.kill()
        process.wait()
        before, seen = seen, folder.state()
        still_so(before, seen)
        every_live_trial_has_its_checkpoint(folder, seen)
        process = command("resume", "s")  # at once, while the old workers may still be there
    assert len(seen.finished) < 30, "the last kill still came in the middle"
    finish(process)
    nothing_lost(seen, folder, requested=30)
    repeated = epochs_recorded(folder) - len(folder.state().epochs_in_order())
    assert repeated <= KILLS * SLOTS, "at most the running epochs are trained again"


def every_live_trial_has_its_checkpoint(folder: SweepFolder, state: SweepState) -> None:
    for trial in state.trials.values():
        if trial.epochs and not trial.finished:
            newest = TrialCheckpoints(folder.trial_path(trial.trial)).load_newest()
            assert newest is not None
            assert newest.epoch >= max(trial.epochs)
