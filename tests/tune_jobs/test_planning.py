"""A time limit alone decides the size of a sweep; with a size that a person gave, it only ends the sweep."""

from __future__ import annotations

from dataclasses import replace

import pytest

import tune_jobs
from search_spaces.budget import first_rung_of
from search_spaces.loading import load
from tune_jobs.launch_options import LaunchOptions
from tune_jobs.measured_epoch import MeasuredEpoch
from tune_jobs.planning import limit_to_plan_for, planned
from tune_jobs.progress import SilentProgress
from tune_jobs.resources.slots import Slots

FILE = """\
task: segmentation
model: unet
data: {name: streets, image_size: [96, 128]}
objective: {metric: val_miou, mode: max}
search:
  lr: {log_uniform: [1.0e-4, 1.0e-2], default: 1.0e-3}
"""
MEASURED = MeasuredEpoch(Slots(count=2, cpus=1, gpus=0), seconds=1.3, start_seconds=6)


class Heard(SilentProgress):
    def __init__(self):
        self.lines = []

    def say(self, text):
        self.lines.append(text)


def space_of(options: LaunchOptions):
    return load(str(options.space), options.all_overrides())


def limit(**options) -> float | None:
    given = LaunchOptions(**{"space": "seg_unet", **options})
    return limit_to_plan_for(given, space_of(given))


def plan(measured=MEASURED, **options):
    given, heard = LaunchOptions(**{"space": "seg_unet", **options}), Heard()
    space = space_of(given)
    return planned(given, space, 240, measured, space.budget.time_limit, heard).budget, heard.lines


@pytest.fixture
def file(tmp_path):
    def write(budget: str) -> str:
        (tmp_path / "mine.yaml").write_text(f"{FILE}budget: {budget}\n")
        return str(tmp_path / "mine.yaml")

    return write


def test_only_a_time_limit_without_a_size_has_to_decide_on_it():
    assert limit(time_limit="10m") == 600
    assert limit(overrides=("budget.time_limit=10m", "budget.patience=3")) == 600
    assert limit() is None
    assert limit(time_limit="10m", trials=5) is None
    assert limit(time_limit="10m", preset="quick") is None
    assert limit(time_limit="10m", overrides=("budget.max_epochs=9",)) is None


def test_the_time_limit_of_a_file_counts_as_the_option_does(file):
    assert limit(space=file("{time_limit: 10m}")) == 600
    assert limit(space=file("{time_limit: 10m, patience: 3}")) == 600
    assert limit(space=file("{time_limit: 10m, trials: 5}")) is None
    assert limit(space=file("{preset: quick}"), time_limit="10m") is None, "a person's own file says the size"


def test_the_plan_is_said_in_one_line_and_keeps_the_rest_of_the_budget():
    budget, lines = plan(time_limit="10m", overrides=("budget.patience=3", "budget.pruner=median"))
    assert lines == [
        f"--time-limit of 10 min 00 s and 1.3 s an epoch in 2 slots: {budget.trials} trials of up to "
        f"{budget.max_epochs} epochs, and more if there is time."
    ]
    assert (budget.patience, budget.pruner, budget.time_limit, budget.preset) == (3, "median", 600, None)
    assert budget.grace_epochs == first_rung_of(budget.max_epochs)


def test_grace_epochs_that_a_person_gave_stay(file):
    assert plan(time_limit="10m", overrides=("budget.grace_epochs=2",))[0].grace_epochs == 2
    assert plan(space=file("{time_limit: 10m, grace_epochs: 1}"))[0].grace_epochs == 1


def test_a_plan_has_no_more_trials_than_there_are_configurations():
    few = ("search={skip: {choice: [true, false]}}", "budget.reduction_factor=null")
    assert plan(time_limit="10m", overrides=few)[0].trials == 2


def test_a_limit_that_is_too_short_for_one_trial_is_said_to_be():
    slow = MeasuredEpoch(Slots(count=1, cpus=1, gpus=0), seconds=300, start_seconds=6)
    budget, lines = plan(slow, space="seg_unet", time_limit="2m")
    assert budget.trials == 1
    assert lines[1] == "That is too short for one trial to come to its end; give it more time."


@pytest.mark.slow
def test_a_sweep_with_a_time_limit_alone_keeps_the_numbers_that_were_planned(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "cache"))
    tiny = ["data.images=20", "data.image_size=[24,32]", "fixed.width=4", "fixed.levels=2"]
    overrides = [*tiny, "search={lr: {choice: [0.0001, 0.001, 0.01], default: 0.001}}"]
    cost = tune_jobs.plan("seg_unet", time_limit="10m", overrides=overrides, storage=tmp_path)
    done = tune_jobs.launch("seg_unet", time_limit="10m", overrides=overrides, storage=tmp_path)
    budget = done.spec.space.budget
    assert (budget.trials, budget.time_limit, budget.preset) == (3, 600, None)
    assert (cost.trials, cost.max_epochs) == (3, budget.max_epochs)
    assert budget.grace_epochs == first_rung_of(budget.max_epochs)
    assert (done.outcome, len(done.trials)) == ("completed", 3)
    assert f'"max_epochs": {budget.max_epochs}' in (done.path / "sweep.json").read_text()


@pytest.mark.slow
def test_a_default_that_does_not_train_is_refused_in_one_line_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "cache"))
    failing = ["data.images=20", "data.image_size=[16,16]", "fixed.levels=5", "fixed.width=4", "fixed.batch_size=1"]
    with pytest.raises(
        tune_jobs.UserError, match=r"^the default configuration does not train: .*; tune launch"
    ) as error:
        tune_jobs.launch("seg_unet", time_limit="10m", overrides=failing, storage=tmp_path / "sweeps")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "sweeps").exists() or not list((tmp_path / "sweeps").iterdir())


def test_a_plan_that_was_measured_beside_other_programs_says_so():
    busy = replace(MEASURED, waited=0.6)
    assert "waited 60% of the time; on a quiet machine the sweep would be larger" in plan(busy, time_limit="10m")[1][-1]
    assert not any("quiet machine" in line for line in plan(time_limit="10m")[1])
