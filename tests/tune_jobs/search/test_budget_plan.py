"""What fits into a time limit: promises that hold for any limit, and a few plans in numbers."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.time_limit import START_SECONDS, simulate
from search_spaces.budget import STANDARD, THOROUGH, Budget
from tune_jobs.search.budget_plan import plan_budget

NOTHING_CHOSEN = Budget.model_validate({})
limits = st.floats(1, 100_000)
epoch_seconds = st.floats(0.01, 1000)
slot_counts = st.sampled_from([1, 2, 3, 8, 64])
image_counts = st.integers(1, 100_000)
budgets = st.sampled_from(
    [
        NOTHING_CHOSEN,
        Budget(pruner="median", patience=3),
        Budget(reduction_factor=2),
        Budget(reduction_factor=None),
        Budget(grace_epochs=4),
        Budget(max_epochs=100, grace_epochs=40),
    ]
)


@given(limits, epoch_seconds, slot_counts, budgets, image_counts)
def test_every_plan_is_a_budget_no_longer_than_a_thorough_one(limit, seconds, slots, budget, images):
    trials, epochs = plan_budget(limit, seconds, slots, budget, images)
    planned = budget.sized(trials, epochs)
    assert (planned.trials, planned.max_epochs) == (trials, epochs)
    assert 1 <= trials <= 1000
    assert epochs <= THOROUGH.max_epochs
    assert "grace_epochs" not in budget.model_fields_set or planned.grace_epochs == budget.grace_epochs


@given(limits, epoch_seconds, slot_counts, image_counts)
def test_a_default_of_five_epochs_or_more_ends_within_the_limit(limit, seconds, slots, images):
    _, epochs = plan_budget(limit, seconds, slots, NOTHING_CHOSEN, images)
    assert epochs <= 5 or epochs * seconds <= limit * 0.85


@given(limits, epoch_seconds, slot_counts)
def test_more_time_gives_no_smaller_sweep(limit, seconds, slots):
    def epochs_in_all(given: float) -> int:
        trials, epochs = plan_budget(given, seconds, slots, NOTHING_CHOSEN, images=600)
        return trials * epochs

    assert epochs_in_all(4 * limit) >= epochs_in_all(limit)


def test_little_time_gives_few_long_trials_and_not_many_short_ones():
    trials, epochs = plan_budget(600, 3, 1, NOTHING_CHOSEN, images=300)
    assert epochs == STANDARD.max_epochs
    assert 4 <= trials < STANDARD.trials


def test_much_time_gives_more_trials_that_are_longer():
    trials, epochs = plan_budget(4000, 3, 2, NOTHING_CHOSEN, images=300)
    assert epochs == THOROUGH.max_epochs
    assert trials >= THOROUGH.trials


def test_where_trials_are_few_epochs_are_given_up_for_four_of_them_but_not_below_five():
    assert plan_budget(120, 3, 1, NOTHING_CHOSEN, images=10_000) == (8, 9)
    trials, epochs = plan_budget(600, 60, 1, NOTHING_CHOSEN, images=10_000)
    assert trials >= 2, "a search of the default alone is none"
    assert epochs < 5


def test_every_slot_has_a_trial_however_short_the_time_is():
    assert plan_budget(10, 60, 8, NOTHING_CHOSEN, images=300) == (8, 2)


def test_a_small_set_is_given_more_epochs_for_fewer_trials():
    (few, long), (many, brief) = (plan_budget(120, 3, 2, NOTHING_CHOSEN, images) for images in (200, 20_000))
    assert long > brief
    assert few < many


@pytest.mark.parametrize(("limit", "seconds", "slots"), [(600, 1.3, 2), (600, 3, 1), (3600, 60, 2), (28800, 60, 8)])
@pytest.mark.parametrize("pruner", ["asha", "median"])
def test_nearly_all_simulated_trials_end_within_the_limit(limit, seconds, slots, pruner):
    """Configurations of half to twice the default's pace, judged by the real pruner (benchmarks/time_limit.py)."""
    budget, randomness = Budget(pruner=pruner), random.Random(0)
    trials, epochs = plan_budget(limit - START_SECONDS, seconds, slots, budget, images=300)
    sweeps = [simulate(budget.sized(trials, epochs), seconds, slots, limit, 0.5, randomness) for _ in range(20)]
    assert sum(one.within for one in sweeps) >= 0.9 * len(sweeps) * trials
    assert all(one.default_at < 0.5 for one in sweeps)


def test_where_an_epoch_may_take_three_passes_fewer_trials_are_planned():
    trials, epochs = plan_budget(3600, 1.0, 2, NOTHING_CHOSEN, 10_000)
    fewer, same = plan_budget(3600, 1.0, 2, NOTHING_CHOSEN, 10_000, passes=3.0)
    assert fewer < trials
    assert same <= epochs
    assert plan_budget(3600, 1.0, 2, NOTHING_CHOSEN, 10_000, passes=0.5) == (trials, epochs)
