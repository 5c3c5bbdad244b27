"""What a record says as plain values and tables."""

from __future__ import annotations

import shlex
from itertools import pairwise

import pytest

from reports.analysis.summary import is_complete, overview, savings, search_worth, train_again_command
from reports.records.record import Record, SweepEnded, SweepStarted
from reports.records.spec import SweepSpec
from reports.records.state import fold
from search_spaces.loading import load
from search_spaces.schema import Objective
from tests.reports.sweeps import DEFAULTS, DOCUMENT, SPEC, spec_with, write_sweep

OBJECTIVE = Objective(metric="val_miou", mode="max")


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    return write_sweep(tmp_path_factory.mktemp("storage") / "twelve", trials=12, failing=0.2)


def test_the_best_trial_and_the_default_have_their_best_values(sweep):
    state = sweep.state()
    worth = search_worth(state, OBJECTIVE)
    values = [trial.best("val_miou", "max")[1] for trial in state.trials.values() if trial.reason != "failed"]
    assert worth.best_value == max(values)
    assert worth.default_value == state.trials["0000"].best("val_miou", "max")[1]


def test_a_lower_value_is_the_best_where_lower_is_better(sweep):
    worth = search_worth(sweep.state(), Objective(metric="train_loss", mode="min"))
    assert worth.best_value <= worth.default_value


def test_savings_count_the_epochs_that_pruned_trials_did_not_train(sweep):
    state = sweep.state()
    saved = savings(state)
    trained = sum(len(trial.epochs) for trial in state.trials.values())
    pruned = [trial for trial in state.trials.values() if trial.reason == "pruned"]
    assert saved.trained_epochs == trained
    assert saved.pruned == len(pruned)
    assert saved.full_epochs - trained == sum(9 - len(trial.epochs) for trial in pruned)
    assert saved.saved_seconds == pytest.approx(5.0 * (saved.full_epochs - trained))


def test_an_empty_sweep_has_no_best_and_no_savings(tmp_path):
    state = write_sweep(tmp_path / "empty", trials=0).state()
    assert search_worth(state, OBJECTIVE) is None
    assert savings(state).saved_seconds == 0


@pytest.mark.parametrize(
    ("ended", "running", "word"), [(True, False, "completed"), (False, True, "running"), (False, False, "lost")]
)
def test_a_sweep_is_running_or_says_how_it_ended_or_is_lost(tmp_path, ended, running, word):
    row = overview(write_sweep(tmp_path / "s", trials=3, ended=ended), running=running)
    assert row.state == word
    assert (row.finished, row.trials_requested) == (3, 3)


def test_a_resume_does_not_count_the_time_before_it(tmp_path):
    sweep = write_sweep(tmp_path / "s", trials=3)
    took = overview(sweep, running=False).seconds
    assert took > 0
    record = Record(sweep.record_path)
    for event in (SweepStarted(trials=3, slots=1, resumed=True), SweepEnded(reason="completed")):
        record.append(event.model_copy(update={"time": event.time + 1e6}))
    record.close()
    assert overview(sweep, running=False).seconds == pytest.approx(took, abs=1)


@pytest.mark.parametrize(
    ("trials", "requested", "end", "complete"),
    [(3, 3, "completed", True), (3, 4, "interrupted", False), (0, 0, None, False)],
)
def test_a_sweep_is_complete_where_a_resume_would_have_nothing_to_run(tmp_path, trials, requested, end, complete):
    sweep = write_sweep(tmp_path / "s", trials=trials, ended=end is not None)
    state = sweep.state()
    state.trials_requested = requested
    assert is_complete(sweep.spec(), state) is complete


def test_a_confirmation_that_is_decided_is_complete_with_fewer_runs():
    candidates = [{"label": "0000", "config": DEFAULTS}, {"label": "0001", "config": DEFAULTS}]
    asked = {"of": "s", "candidates": candidates, "runs": 10, "indifference": 0.005}
    spec = SweepSpec.model_validate({**DOCUMENT, "confirmation": asked})
    started = SweepStarted(trials=10, slots=1)
    assert is_complete(spec, fold([started, SweepEnded(reason="completed")]))
    assert not is_complete(spec, fold([started, SweepEnded(reason="interrupted")]))


def test_a_damaged_record_is_a_line_of_the_list_not_its_end(tmp_path):
    sweep = write_sweep(tmp_path / "s", trials=3)
    sweep.record_path.write_text("{}\n{}\n")
    assert overview(sweep, running=False).state == "damaged"


def test_a_knob_whose_condition_fails_is_not_in_effect():
    assert "momentum" not in SPEC.space.in_effect(DEFAULTS)
    assert SPEC.space.in_effect({**DEFAULTS, "optimizer": "sgd"})["momentum"] == 0.9


def test_a_knob_below_one_that_is_not_in_effect_is_not_in_effect_either():
    search = {**DOCUMENT["space"]["search"], "lr": {"uniform": [0, 1], "when": {"momentum": 0.9}}}
    spec = spec_with(search=search)
    assert "lr" not in spec.space.in_effect(DEFAULTS)
    assert "lr" in spec.space.in_effect({**DEFAULTS, "optimizer": "sgd"})


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_command_that_trains_again_asks_for_the_same_configuration(optimizer):
    config = {**DEFAULTS, "lr": 0.0012345678901234567, "optimizer": optimizer, "momentum": 0.87, "skip": False}
    words = shlex.split(train_again_command(SPEC, config))
    assert words[:5] == ["tune", "launch", "seg_unet", "--trials", "1"]
    overrides = [word for flag, word in pairwise(words) if flag == "--set"]
    again = load("seg_unet", [*overrides, "budget.trials=1"])
    values = again.trial_config(again.default(), seed=0)
    assert (values.lr, values.optimizer, values.skip) == (config["lr"], optimizer, False)
    if optimizer == "sgd":
        assert values.momentum == 0.87


@pytest.mark.parametrize(
    "budget", [{"max_epochs": 1, "reduction_factor": None}, {"max_epochs": 6, "grace_epochs": 5}, {"preset": "quick"}]
)
def test_the_command_that_trains_again_asks_for_as_many_epochs_whatever_the_file_says(budget):
    spec = spec_with(budget=budget)
    words = shlex.split(train_again_command(spec, {**DEFAULTS, "epochs": spec.space.budget.max_epochs}))
    overrides = [word for flag, word in pairwise(words) if flag == "--set"]
    again = load("seg_unet", [*overrides, "budget.trials=1"]).budget
    assert (again.max_epochs, again.rungs()) == (spec.space.budget.max_epochs, spec.space.budget.rungs())


def test_a_best_trial_that_was_trained_longer_is_trained_again_for_as_many_epochs():
    words = shlex.split(train_again_command(SPEC, {**DEFAULTS, "epochs": 18}))
    assert "budget.max_epochs=18" in words


def test_paths_with_spaces_and_quotes_survive_the_shell():
    data = {**DOCUMENT["space"]["data"], "path": "/photos/it's here"}
    spec = spec_with(data=data)
    words = shlex.split(train_again_command(spec, DEFAULTS))
    assert words[words.index("--data") + 1] == "/photos/it's here"
