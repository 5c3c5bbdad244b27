"""The time left, from what has been seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.records.record import EpochEnded, SweepStarted, TrialEnded, TrialStarted
from reports.records.state import SweepState, apply
from search_spaces.budget import Budget
from tune_jobs.search.time_estimate import expected_epochs, seconds_left

BUDGET = Budget(trials=24, max_epochs=9, grace_epochs=1, reduction_factor=3)


def sweep_after(epochs_by_trial: dict[str, int], *, finished: set[str], requested: int = 24) -> SweepState:
    state = SweepState()
    apply(state, SweepStarted(trials=requested, slots=2))
    for trial, epochs in epochs_by_trial.items():
        apply(state, TrialStarted(trial=trial, config={}, node="n", slot=0))
        for epoch in range(1, epochs + 1):
            apply(state, EpochEnded(trial=trial, epoch=epoch, metrics={"val_miou": 0.1}, seconds={"train": 10}))
        if trial in finished:
            apply(state, TrialEnded(trial=trial, reason="pruned"))
    return state


def test_of_many_trials_one_in_three_passes_each_rung():
    many = BUDGET.sized(10_000, 9)
    assert expected_epochs(many) == pytest.approx(1 + 2 / 3 + 6 / 9, rel=0.02)
    assert expected_epochs(Budget(max_epochs=9, reduction_factor=None)) == 9


def test_of_few_trials_more_pass_since_the_first_ones_are_not_judged():
    assert expected_epochs(Budget(trials=2, max_epochs=9)) == 9, "the default has passed, and two are too few to judge"
    assert expected_epochs(Budget(trials=3, max_epochs=9)) == pytest.approx((9 + 5) / 2), "the third passes or not"
    assert expected_epochs(Budget(trials=1, max_epochs=9)) == 9


@given(st.integers(2, 60), st.integers(3, 60), st.sampled_from(["asha", "median"]))
def test_expected_epochs_lie_between_the_first_rung_and_the_last_epoch(trials, epochs, pruner):
    budget = Budget(trials=trials, max_epochs=epochs, pruner=pruner)
    assert budget.grace_epochs <= expected_epochs(budget) <= epochs


def test_the_median_rule_is_expected_to_cut_half_at_its_first_epoch_and_none_behind_it():
    median = Budget(trials=10_000, max_epochs=9, pruner="median")
    assert expected_epochs(median) == pytest.approx(3 + 6 / 2, rel=0.01)


def test_a_trial_that_the_median_rule_kept_counts_to_its_end():
    budget = Budget(trials=2, max_epochs=9, pruner="median")
    state = sweep_after({"0000": 9, "0001": 4}, finished={"0000"}, requested=2)
    assert seconds_left(state, budget, slots=1) == pytest.approx(10 * 5)


def test_before_the_first_epoch_nothing_is_known():
    assert seconds_left(sweep_after({"0000": 0}, finished=set()), BUDGET, slots=2) is None


def test_the_default_counts_to_its_end_and_the_others_as_the_rungs_expect():
    state = sweep_after({"0000": 1, "0001": 1}, finished={"0001"})
    epochs = 8 + 22 * expected_epochs(BUDGET)
    assert seconds_left(state, BUDGET, slots=2) == pytest.approx(10 * epochs / 2)


def test_after_some_trials_their_own_length_counts():
    names = {f"{number:04d}": 3 for number in range(1, 7)}
    state = sweep_after({"0000": 9, **names}, finished={"0000", *names})
    assert seconds_left(state, BUDGET, slots=1) == pytest.approx(10 * 17 * 3)


def test_at_the_end_nothing_is_left():
    assert seconds_left(sweep_after({"0000": 9}, finished={"0000"}, requested=1), BUDGET, slots=2) == 0
