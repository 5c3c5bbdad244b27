"""Comparisons with the best of many: which means cannot be told from it, and how likely each is the best.

Multiple comparisons with the best are Hsu's (1984, "Constrained simultaneous confidence intervals for multiple
comparisons with the best"); each is Dunnett's one-sided test (1955, "A multiple comparison procedure for comparing
several treatments with a control") with that mean as the control. Probabilities are those of the usual reference
posterior: normal means with one spread, of which nothing was known beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.analysis.distributions import chi_square_quantiles, normal_log_below

_LEVEL = 0.95
_NODES = 64  # of each integral; more change the fifth digit
_DRAWS = 20_000
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """Standard deviation of one run, and the degrees of freedom by which it is known."""

    value: float
    freedom: float  # infinite where it is known


def pooled_spread(groups: Sequence[Sequence[float]]) -> Spread | None:
    """Of repeats, each group about its own mean; None where nothing was repeated."""
    freedom = sum(len(values) - 1 for values in groups if len(values))
    if not freedom:
        return None
    squares = sum(float(np.sum((np.asarray(values) - np.mean(values)) ** 2)) for values in groups if len(values))
    return Spread(math.sqrt(squares / freedom), freedom)


def not_worse(means: Sequence[float], runs: Sequence[int], spread: Spread) -> list[bool]:
    """Which means cannot be told from the greatest: the true greatest is among them in 95 % of cases.

    Args:
        means: of each group, greater is better.
        runs: by which each is known, 1 or more.
        spread: of one run.
    """
    value, counts = np.asarray(means, dtype=float), np.asarray(runs, dtype=float)
    found = []
    for place in range(len(value)):
        others = np.arange(len(value)) != place
        scale = max(spread.value, 1e-12) * np.sqrt(1 / counts[place] + 1 / counts[others])
        behind = float(np.max((value[others] - value[place]) / scale, initial=-math.inf))
        found.append(_all_below(behind, counts[others] / (counts[others] + counts[place]), spread.freedom) <= _LEVEL)
    return found


def least_difference(comparisons: int, spread: Spread) -> float:
    """How far one run must lie behind the best of so many others to be told from it, all with one run each."""
    shares = np.full(comparisons, 0.5)
    from scipy.optimize import brentq  # takes a while to import, and few commands come here

    critical = brentq(lambda at: _all_below(at, shares, spread.freedom) - _LEVEL, 0.0, 50.0)
    return float(critical) * math.sqrt(2) * spread.value


def _all_below(limit: float, shares: Floats, freedom: float) -> float:
    """The probability that no one of several means exceeds a common control by `limit` standard errors or more, where
    all are equal. `shares` are the squared correlations with the control: its part of each difference's variance."""
    if limit == -math.inf:
        return 0.0
    points, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    scales = np.ones(1)
    if math.isfinite(freedom):
        scales = np.sqrt(chi_square_quantiles((np.arange(_NODES) + 0.5) / _NODES, freedom) / freedom)
    share, times = np.unique(shares, return_counts=True)
    reach = limit * scales[:, None, None] + np.sqrt(share)[None, None, :] * points[None, :, None]
    below = np.exp((times * normal_log_below(reach / np.sqrt(1 - share))).sum(axis=-1))
    return float((below @ weights).mean() / math.sqrt(2 * math.pi))


def draws_of_means(means: Sequence[float], runs: Sequence[int], spread: Spread, rng: np.random.Generator) -> Floats:
    """Draws of the true means [draws, groups] from their posterior."""
    scale = np.full(_DRAWS, spread.value)
    if math.isfinite(spread.freedom):
        scale = spread.value * np.sqrt(spread.freedom / rng.chisquare(spread.freedom, _DRAWS))
    errors = rng.standard_normal((_DRAWS, len(means))) / np.sqrt(np.asarray(runs, dtype=float))
    drawn: Floats = np.asarray(means, dtype=float) + scale[:, None] * errors
    return drawn


def chances(drawn: Floats, indifference: float = 0.0) -> Floats:
    """How likely each group is the best, or within an indifference of the best, by draws of the means."""
    likely: Floats = (drawn >= drawn.max(axis=1, keepdims=True) - indifference).mean(axis=0)
    return likely
