"""What the driver of a local sweep keeps a person waiting for, before a trial trains."""

import subprocess
import sys

import pytest

from tests.house import ROOT
from tests.tune_jobs.sweeps import PATIENCE, TINY

pytestmark = pytest.mark.slow

LAUNCH = """
import contextlib, sys, threading, time
from tune_jobs.driver import launch
from tune_jobs.launch_options import LaunchOptions
from tune_jobs.progress import SilentProgress

class Looks(SilentProgress):
    def watch(self, spec):
        @contextlib.contextmanager
        def watched(state, slots):
            threading.Thread(target=self.look, args=[state]).start()
            yield
        return watched

    def look(self, state):
        while not any(trial.epochs for trial in list(state.trials.values())):
            time.sleep(0.01)
        print(*{name.split(".")[0] for name in sys.modules})

launch(LaunchOptions(space="seg_unet", overrides=tuple(sys.argv[2:]), storage=sys.argv[1]), Looks(), command="")
"""


def test_the_driver_imports_neither_torch_nor_scipy_nor_plotly_before_a_trial_has_trained(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "cache"))
    words = [sys.executable, "-c", LAUNCH, str(tmp_path / "sweeps"), *TINY]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "ray" in loaded
    assert not loaded & {"torch", "torchvision", "scipy", "plotly", "sklearn", "matplotlib"}
