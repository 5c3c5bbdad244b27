"""The time left, from what has been seen."""

import pytest

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


def test_one_in_three_passing_each_rung_makes_two_and_a_third_epochs():
    assert expected_epochs(BUDGET) == pytest.approx(1 + 2 / 3 + 6 / 9)
    assert expected_epochs(Budget(max_epochs=9, reduction_factor=None)) == 9


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
