"""Ray goes through its list of trials several times a step; those that have ended leave it."""

import subprocess
import sys

import pytest
from ray.tune.experiment import Trial

from tests.tune_jobs.sweeps import TINY, nothing_lost
from tune_jobs.workers import ray_adapters

COUNTED = """
import sys
from tune_jobs import launch
from tune_jobs.workers.ray_adapters import RayCallback

lengths, on_step_begin = [], RayCallback.on_step_begin

def counted(self, iteration, trials, **info):
    lengths.append(len(trials))
    on_step_begin(self, iteration, trials, **info)

RayCallback.on_step_begin = counted
launch("seg_unet", name="s", trials=10, overrides=sys.argv[2:], storage=sys.argv[1])
print(max(lengths))
"""


def test_what_runs_failed_or_was_the_last_stays():
    ends = (Trial.TERMINATED, Trial.RUNNING, Trial.TERMINATED, Trial.ERROR, Trial.PENDING, Trial.TERMINATED)
    trials = [Trial("made up", stub=True) for _ in ends]
    for trial, status in zip(trials, ends, strict=True):
        trial.status = status
    left = [trials[1], trials[3], trials[4], trials[5]]
    for _ in range(2):
        ray_adapters._forget_ended(trials)
        assert trials == left


@pytest.mark.slow
def test_the_list_is_rays_own_and_stays_short(tmp_path, folder, monkeypatch):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "cache"))
    short = [*TINY, "budget.max_epochs=1", "budget.reduction_factor=null"]
    words = [sys.executable, "-c", COUNTED, str(folder.path.parent), *short]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    nothing_lost(folder.state(), folder, requested=10)
    assert int(done.stdout) < 8, "those that run, that wait, and that have just ended"
