"""Ray goes through its list of trials several times a step, and keeps them all; those that have ended leave it."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from ray.tune.experiment import Trial

from tests.tune_jobs.sweeps import TINY, nothing_lost
from tune_jobs.workers import ray_adapters

COUNTED = """
import gc
import sys
from ray.tune.experiment import Trial
from tune_jobs import launch
from tune_jobs.workers.ray_adapters import RayCallback

known, on_trial_start = [], RayCallback.on_trial_start

def counted(self, **info):
    known.append(sum(isinstance(one, Trial) for one in gc.get_objects()))
    on_trial_start(self, **info)

RayCallback.on_trial_start = counted
launch("seg_unet", name="s", trials=20, overrides=sys.argv[2:], storage=sys.argv[1])
print(max(known))
"""


def test_what_runs_failed_or_was_the_last_stays():
    ends = (Trial.TERMINATED, Trial.RUNNING, Trial.TERMINATED, Trial.ERROR, Trial.PENDING, Trial.TERMINATED)
    trials = [Trial("made up", stub=True) for _ in ends]
    for trial, status in zip(trials, ends, strict=True):
        trial.status = status
    left = [trials[1], trials[3], trials[4], trials[5]]
    controller = SimpleNamespace(_trials=trials, _stopped_trials=set(trials[:1]), _trials_to_cache=set(trials))
    for _ in range(2):
        ray_adapters._forget_ended(controller)
        assert trials == left
        assert not controller._stopped_trials | controller._trials_to_cache


@pytest.mark.slow
def test_ray_knows_few_trials_at_any_time(tmp_path, folder, monkeypatch):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "cache"))
    short = [*TINY, "budget.max_epochs=1", "budget.reduction_factor=null"]
    words = [sys.executable, "-c", COUNTED, str(folder.path.parent), *short]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    nothing_lost(folder.state(), folder, requested=20)
    assert int(done.stdout) < 8, "those that run, that wait, and that have just ended"
