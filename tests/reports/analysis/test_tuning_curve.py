"""The best of so many random trials: which trials count, and whether the band holds the truth."""

from __future__ import annotations

import numpy as np
import pytest

from reports.analysis.tuning_curve import curve_of, random_trials, tuning_curve
from tests.reports.sweeps import DOCUMENT, SPEC, spec_with, write_sweep


def test_the_band_holds_the_true_curve_in_nine_sweeps_of_ten():
    rng, trials, inside = np.random.default_rng(0), 12, 0
    true = np.array([1 - 1 / (n + 1) for n in range(1, trials + 1)])  # the best of n even draws from 0 to 1
    for _ in range(200):
        curve = curve_of(list(rng.random(trials)), "max", (0.0, 1.0))
        inside += bool(((curve["low"] <= true + 1e-9) & (true <= curve["high"] + 1e-9)).all())
    assert inside >= 0.88 * 200


def test_where_less_is_better_the_curve_falls():
    curve = curve_of(list(np.linspace(0.2, 0.9, 10)), "min", (0.0, np.inf))
    assert (curve["expected"].diff().dropna() < 0).all()
    assert (curve["low"] <= curve["expected"]).all()
    assert np.isinf(curve["high"].iloc[0])


RANDOM = spec_with(budget={**DOCUMENT["space"]["budget"], "sampler": "random"})


def test_trials_of_a_random_search_count_and_those_that_a_sampler_proposed_do_not(tmp_path):
    state = write_sweep(tmp_path / "s", trials=30).state()
    assert len(random_trials(state, RANDOM)) == 29, "the default is not drawn"
    assert random_trials(state, SPEC) == []


@pytest.mark.parametrize(("trials", "rows"), [(8, 0), (9, 8)])
def test_few_random_trials_have_no_curve(tmp_path, trials, rows):
    assert len(tuning_curve(write_sweep(tmp_path / "s", trials).state(), RANDOM)) == rows
