"""At which epoch trials are compared, which of them count, and what cannot be seen by then."""

from __future__ import annotations

import pytest

from reports.analysis.compared import SPARE, common_epoch, first_rung, knob_table, not_visible, numbers
from reports.records.state import SweepState
from search_spaces.schema import SearchSpace
from tests.reports.sweeps import DOCUMENT, SPEC, spec_with, write_sweep


def test_a_large_sweep_is_compared_at_its_end(tmp_path):
    state = write_sweep(tmp_path / "s", trials=120).state()
    assert common_epoch(state, SPEC) == 9
    for row in knob_table(state, SPEC).itertuples():
        assert row.value == max(state.trials[row.trial].values("val_miou").values())


def test_a_small_one_at_the_rung_that_enough_trials_reached(tmp_path):
    state = write_sweep(tmp_path / "s", trials=20).state()
    reached = {epoch: sum(max(trial.epochs, default=0) >= epoch for trial in state.trials.values()) for epoch in (1, 3)}
    assert common_epoch(state, SPEC) == (3 if reached[3] >= numbers(SPEC.space) + SPARE else 1)
    assert common_epoch(SweepState(), SPEC) == 1


def test_the_first_rung_is_there_where_trials_are_cut_before_the_common_epoch(tmp_path):
    state = write_sweep(tmp_path / "s", trials=120).state()
    assert first_rung(state, SPEC) == 1
    assert len(knob_table(state, SPEC, 1)) > len(knob_table(state, SPEC))
    assert first_rung(SweepState(), SPEC) is None, "that is the common epoch"


def test_without_pruning_it_is_the_end(tmp_path):
    budget = {**DOCUMENT["space"]["budget"], "reduction_factor": None}
    assert common_epoch(SweepState(), spec_with(budget=budget)) == 9


@pytest.mark.parametrize(("mode", "worst"), [("max", min), ("min", max)])
def test_a_trial_that_diverged_counts_as_the_worst(tmp_path, mode, worst):
    spec = spec_with(objective={"metric": "val_miou", "mode": mode})
    state = write_sweep(tmp_path / "s", trials=20).state()
    gone = next(trial for trial in state.trials.values() if max(trial.epochs, default=0) == 1)
    gone.reason, gone.epochs = "diverged", {}
    table = knob_table(state, spec).set_index("trial")
    epoch = common_epoch(state, spec)
    if epoch == 1:
        assert table.loc[gone.trial, "value"] == worst(table["value"])
    else:
        assert gone.trial not in table.index, "it never came to the rung before"


def test_a_schedule_cannot_be_judged_before_the_end():
    search = {**DOCUMENT["space"]["search"], "scheduler": {"choice": ["none", "cosine"]}}
    spec = spec_with(search=search)
    assert not_visible(spec, 3) == ["scheduler"]
    assert not_visible(spec, 9) == []


def test_more_passes_an_epoch_look_good_before_the_end_and_are_judged_there():
    search = {**DOCUMENT["space"]["search"], "augmentation_copies": {"choice": [1, 3]}}
    assert not_visible(spec_with(search=search), 3) == ["augmentation_copies"]
    assert not_visible(spec_with(search=search), 9) == []


def test_a_regularizer_cannot_be_judged_in_the_first_third_of_a_run():
    search = {**DOCUMENT["space"]["search"], "weight_decay": {"log_uniform": [1e-6, 1e-1]}}
    spec = spec_with(search=search, budget={"trials": 9, "max_epochs": 9, "grace_epochs": 1})
    assert not_visible(spec, 1) == not_visible(spec, 2) == ["weight_decay"]
    assert not_visible(spec, 3) == []


def test_knobs_without_an_order_cost_more():
    space = SearchSpace.model_validate(
        {**DOCUMENT["space"], "search": {"lr": {"log_uniform": [1e-4, 1e-2]}, "batch_size": {"choice": [4, 8, 16]}}}
    )
    assert numbers(space) == 3
    searched = {"optimizer": {"choice": ["sgd", "adam", "adamw"]}, "skip": {"choice": [True, False]}}
    assert numbers(space.model_copy(update={"search": spec_with(search=searched).space.search})) == 4
