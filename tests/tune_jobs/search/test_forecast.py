"""How many epochs a sweep will train: what holds for any budget, and sweeps whose truth is simulated."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.budget import Budget
from tests.tune_jobs.search.test_time_estimate import BUDGET, sweep_after
from tune_jobs.search.asha import Asha
from tune_jobs.search.forecast import expected_epochs, forecast_rest, forecast_sweep, judged_epochs


def trained(budget: Budget, seed: int) -> int:
    """The epochs of a sweep of random configurations whose order hardly changes, the default first."""
    randomness, rungs, total = random.Random(seed), Asha.of(budget, ["max"]), 0
    for trial in range(budget.trials):
        height, last = randomness.gauss(0, 1), budget.max_epochs
        for rung in judged_epochs(budget):
            if rungs.judge(str(trial), rung, (height + randomness.gauss(0, 0.3),)) and trial:
                last = rung
                break
        total += last
    return total


@pytest.mark.parametrize("trials", [8, 24, 100])
@pytest.mark.parametrize("grace", [1, 9])
def test_the_range_holds_what_nine_of_ten_sweeps_train(trials, grace):
    budget = Budget(trials=trials, max_epochs=27, grace_epochs=grace)
    found = forecast_sweep(budget)
    inside = [found.low <= trained(budget, seed) <= found.high for seed in range(100)]
    assert sum(inside) >= 90
    assert found.high < trials * 27


@given(st.integers(1, 60), st.integers(3, 60), st.sampled_from(["asha", "median"]), st.integers(1, 3))
def test_a_range_lies_between_the_first_rung_and_the_last_epoch_of_every_trial(trials, epochs, pruner, whole):
    budget = Budget(trials=trials, max_epochs=epochs, pruner=pruner)
    low, expected, high = forecast_sweep(budget, whole)
    assert trials * budget.grace_epochs <= low <= expected <= high <= trials * epochs
    assert budget.grace_epochs <= expected_epochs(budget) <= epochs


def test_without_pruning_the_number_is_known():
    assert forecast_sweep(Budget(trials=8, max_epochs=9, reduction_factor=None)) == (72, 72, 72)


def test_a_sweep_that_has_seen_nothing_has_the_forecast_of_its_plan():
    assert forecast_rest(sweep_after({}, finished=set()), BUDGET).expected == pytest.approx(
        forecast_sweep(BUDGET, 0).expected, rel=0.05
    )


def test_who_passed_so_far_corrects_the_forecast():
    names = [f"{number:04d}" for number in range(1, 13)]
    few = sweep_after({"0000": 9, **dict.fromkeys(names, 1)}, finished={"0000", *names}, cut_at=1)
    many = sweep_after({"0000": 9, **dict.fromkeys(names, 9)}, finished={"0000", *names})
    assert forecast_rest(many, BUDGET).expected > 1.1 * forecast_rest(few, BUDGET).expected
    wide, narrow = forecast_sweep(BUDGET), forecast_rest(few, BUDGET)
    assert narrow.high - narrow.low < wide.high - wide.low


def test_trials_that_fail_at_once_are_expected_to_go_on_failing():
    names = [f"{number:04d}" for number in range(1, 13)]
    failing = sweep_after(dict.fromkeys(names, 0), finished=set(names), reason="failed")
    assert forecast_rest(failing, BUDGET).high < 12


def test_a_running_trial_counts_to_its_next_rung_and_the_default_to_its_end():
    state = sweep_after({"0000": 2, "0001": 2}, finished=set(), requested=2)
    low, _, high = forecast_rest(state, BUDGET)
    assert low >= 7 + 1
    assert high <= 7 + 7
