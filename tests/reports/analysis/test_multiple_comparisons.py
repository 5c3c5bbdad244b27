"""Comparisons with the best: against scipy's Dunnett test, and on means whose order is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import dunnett

from reports.analysis.multiple_comparisons import (
    Spread,
    chances,
    draws_of_means,
    least_difference,
    not_worse,
    pooled_spread,
)


def test_a_mean_is_left_out_where_dunnetts_test_finds_one_that_exceeds_it():
    rng = np.random.default_rng(0)
    for shift in (0.0, 0.6, 1.2, 1.8, 2.4):
        groups = [rng.normal(level, 1, runs) for level, runs in ((shift, 6), (0, 3), (0.2, 5), (0.1, 4))]
        spread = pooled_spread(groups)
        kept = not_worse([group.mean() for group in groups], [len(group) for group in groups], spread)
        for place, control in enumerate(groups):
            others = [group for group in groups if group is not control]
            p = dunnett(*others, control=control, alternative="greater", random_state=0).pvalue.min()
            assert abs(p - 0.05) < 0.005 or kept[place] == (p > 0.05)


def test_the_best_itself_is_never_left_out():
    assert not_worse([0.9, 0.1], [1, 1], Spread(1e-6, 10)) == [True, False]
    assert not_worse([0.9], [3], Spread(0.1, 2)) == [True]


def test_the_more_are_compared_the_further_off_one_must_lie():
    spread = Spread(0.01, math.inf)
    assert least_difference(1, spread) == pytest.approx(1.645 * math.sqrt(2) * 0.01, rel=1e-3)
    distances = [least_difference(many, spread) for many in (1, 4, 23, 500)]
    assert distances == sorted(distances)
    assert least_difference(4, Spread(0.01, 3)) > least_difference(4, spread)


def test_a_spread_is_pooled_about_each_groups_own_mean():
    assert pooled_spread([[1.0, 3.0], [11.0, 13.0], [5.0]]) == Spread(math.sqrt(2), 2)
    assert pooled_spread([[1.0], []]) is None


def test_chances_follow_the_means_and_the_runs():
    rng = np.random.default_rng(0)
    likely = chances(draws_of_means([0.0, 0.0], [1, 1], Spread(1.0, math.inf), rng))
    assert likely == pytest.approx([0.5, 0.5], abs=0.02)
    likely = chances(draws_of_means([0.5, 0.0], [8, 8], Spread(1.0, math.inf), rng))
    assert likely[0] == pytest.approx(0.8413, abs=0.02), "the difference is one standard error"
    near = chances(draws_of_means([0.0, 0.0], [8, 8], Spread(1.0, math.inf), rng), indifference=0.5)
    assert near == pytest.approx([0.8413, 0.8413], abs=0.02)
