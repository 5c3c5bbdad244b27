"""Quantiles and tails, against scipy.stats."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reports.analysis import distributions as ours

P = st.floats(0.001, 0.999)
FREEDOM = st.floats(1, 500)


@given(P, FREEDOM)
def test_quantiles_are_those_of_scipy(p, freedom):
    assert ours.student_quantile(p, freedom) == pytest.approx(stats.t.ppf(p, freedom), abs=1e-9)
    assert ours.student_quantile(p, np.inf) == pytest.approx(stats.norm.ppf(p), abs=1e-9)
    assert ours.normal_quantiles([p]) == pytest.approx(stats.norm.ppf([p]), abs=1e-9)
    assert ours.chi_square_quantiles([p], freedom) == pytest.approx(stats.chi2.ppf([p], freedom), rel=1e-9)
    assert ours.beta_quantile(p, freedom, 3) == pytest.approx(stats.beta.ppf(p, freedom, 3), rel=1e-9)


@given(st.floats(0, 100), FREEDOM, FREEDOM)
def test_tails_are_those_of_scipy(value, between, within):
    assert ours.f_above(value, between, within) == pytest.approx(
        stats.f.sf(value, between, within), rel=1e-6, abs=1e-12
    )
    assert ours.normal_log_below(-value) == pytest.approx(stats.norm.logcdf(-value), rel=1e-9)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3))
def test_ranks_and_their_correlation_are_those_of_scipy(pairs):
    first, second = zip(*pairs, strict=True)
    assert ours.ranks(first) == pytest.approx(stats.rankdata(first))
    if len(set(first)) > 1 and len(set(second)) > 1:
        assert ours.rank_correlation(pairs) == pytest.approx(stats.spearmanr(first, second).statistic, abs=1e-12)
