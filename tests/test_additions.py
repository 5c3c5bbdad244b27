"""The steps of docs/structure.md, "To add ...", followed to the letter: they are all that is needed.

A network, a pruner, a sampler and a figure join from outside the package, by one row each; a knob is a field of
TrialConfig, so it joins in a copy of the package.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from cnnmodels.config import TrialConfig, parse
from cnnmodels.data import DataSpec, load
from cnnmodels.models import MODELS, Model
from cnnmodels.training import fit
from reports.records.record import Cut, SweepEnded
from search_spaces.strategies import PRUNERS as PRUNER_NAMES
from search_spaces.strategies import SAMPLERS as SAMPLER_NAMES
from tests.tune_jobs.search.made_up import made_up_spec, run_made_up
from tune_jobs.search.pruners import PRUNERS
from tune_jobs.search.samplers import SAMPLERS
from tune_jobs.search.scheduler import SweepScheduler

ROOT = Path(__file__).resolve().parents[1]


class OneConvolution(nn.Module):
    def __init__(self, outputs: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, outputs, 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers(images)


def build(config: TrialConfig, outputs: int) -> nn.Module:
    return OneConvolution(outputs, config.width)


def test_a_network_is_a_builder_and_a_row(monkeypatch, tmp_path):
    row = Model(tasks=frozenset({"segmentation"}), knobs=frozenset({"width"}), builder=f"{__name__}:build")
    monkeypatch.setitem(MODELS, "one_convolution", row)
    data = load(DataSpec(name="streets", images=20, image_size=(24, 32)), tmp_path, "segmentation")
    (epoch,) = fit(parse({"model": "one_convolution", "width": 4, "epochs": 1}), data)
    assert epoch.metrics["parameters"] == 3 * 4 * 9 + 4 + 4 * len(data.classes) + len(data.classes)


class CutsEverybody:
    def judge(self, trial, epoch, values):
        return Cut(rung=epoch, value=values[0], cutoff=1.0, seen=1)

    def replay(self, trial, best_by_epoch):
        pass


class OneRateAfterAnother:
    def __init__(self, spec, journal, finished):
        self._space = spec.space

    def ask(self, trial):
        values = {**self._space.default(), "lr": 1e-4 * (1 + int(trial))}
        return self._space.trial_config(values, seed=0).model_dump(mode="json")

    def take_up(self, trial):
        pass

    def report(self, trial, epoch, value):
        pass

    def tell(self, trial, reason, best, fails):
        pass


def test_a_pruner_and_a_sampler_are_a_class_and_a_row_each(monkeypatch, tmp_path):
    monkeypatch.setitem(PRUNERS, "harsh", lambda budget, modes: CutsEverybody())
    monkeypatch.setitem(PRUNER_NAMES, "harsh", "cuts everybody")
    monkeypatch.setitem(SAMPLERS, "stairs", OneRateAfterAnother)
    monkeypatch.setitem(SAMPLER_NAMES, "stairs", "one rate after another")
    folder, spec = made_up_spec(tmp_path, "budget.sampler=stairs", "budget.pruner=harsh")
    scheduler = SweepScheduler(folder, spec, trials=4, slots=2)
    configs = [assignment.config for assignment in run_made_up(scheduler)]
    scheduler.close(SweepEnded(reason="completed"))
    assert [config["lr"] for config in configs] == pytest.approx([1e-4, 2e-4, 3e-4, 4e-4])
    assert [trial.reason for trial in folder.state().trials.values()] == ["completed", *["pruned"] * 3]


FIELD = '    calm: Annotated[float, Field(gt=0, le=1, description="part of the rate that is used")] = 1.0\n'
SEARCHED = """
from cnnmodels.config import knobs_of
from cnnmodels.optim import make_optimizer
from search_spaces.loading import load
from torch import nn, zeros
space = load("seg_unet", ["search.calm={uniform: [0.1, 1.0], default: 0.5}", "search.lr.default=1e-3"])
config = space.trial_config(space.default(), seed=0)
optimizer = make_optimizer(config, [nn.Parameter(zeros(1))])
print("calm" in knobs_of("segmentation", "unet"), optimizer.param_groups[0]["lr"])
"""


def test_a_knob_is_a_field_and_the_place_where_it_acts(tmp_path):
    for room in ("cnnmodels", "search_spaces"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    config, optim = tmp_path / "cnnmodels" / "config.py", tmp_path / "cnnmodels" / "optim.py"
    momentum = "    momentum: Annotated"
    config.write_text(config.read_text().replace(momentum, FIELD + momentum))
    optim.write_text(optim.read_text().replace("lr=config.lr", "lr=config.calm * config.lr"))
    done = subprocess.run([sys.executable, "-c", SEARCHED], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True", "0.0005"], done.stderr
