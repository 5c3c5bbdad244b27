"""Which trials the median rule cuts, decided from values alone."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.budget import Budget
from tune_jobs.search.median import MedianRule


def judged(values, mode="max"):
    rule = MedianRule(1, 9, [mode])
    return [rule.judge(f"{number}", 1, (value,)) for number, value in enumerate(values)]


def test_nobody_is_cut_before_three_others_are_there():
    assert judged([0.9, 0.8, 0.1]) == [None, None, None]


def test_a_trial_below_the_median_of_the_others_is_cut_and_the_cut_says_why():
    cut = judged([0.5, 0.6, 0.7, 0.1])[-1]
    assert (cut.rung, cut.value, cut.cutoff, cut.seen) == (1, 0.1, 0.6, 4)


@pytest.mark.parametrize(("value", "is_cut"), [(0.3, True), (0.5, False), (0.7, False)])
def test_between_two_middle_values_their_mean_decides(value, is_cut):
    assert bool(judged([0.1, 0.2, 0.8, 0.9, value])[-1]) == is_cut


def test_lower_is_better_where_the_mode_says_so():
    assert judged([0.5, 0.6, 0.7, 0.1], mode="min")[-1] is None
    assert judged([0.5, 0.6, 0.7, 0.65], mode="min")[-1].cutoff == 0.6


@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=30), mode=st.sampled_from(["min", "max"]))
def test_a_trial_is_cut_exactly_if_it_is_worse_than_the_median_of_three_others_or_more(values, mode):
    for number, cut in enumerate(judged(values, mode)):
        others = values[:number]
        worse = len(others) >= 3 and (
            values[number] < statistics.median(others) if mode == "max" else values[number] > statistics.median(others)
        )
        assert bool(cut) == worse


def test_every_epoch_from_the_grace_epochs_on_is_judged_but_the_last_is_not():
    rule = MedianRule.of(Budget(max_epochs=5, grace_epochs=2, reduction_factor=3), ["max"])
    judged_at = []
    for epoch in range(1, 6):
        for number in range(4):
            rule.judge(f"{number}", epoch, (0.5,))
        if rule.judge("poor", epoch, (0.1,)):
            judged_at.append(epoch)
    assert judged_at == [2, 3, 4]
