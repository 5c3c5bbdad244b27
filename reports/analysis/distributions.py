"""Quantiles and tails of the usual distributions.

By scipy.special, since scipy.stats takes a second to import; it takes a third of one itself, so that it is imported by
what is first computed here, and a sweep need not wait for it to begin.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def student_quantile(p: float, freedom: float) -> float:
    """The value below which Student's t with so many degrees of freedom (may be infinite) lies with probability `p`."""
    return float(_special().stdtrit(freedom, p)) if np.isfinite(freedom) else float(_special().ndtri(p))


def normal_quantiles(p: ArrayLike) -> Floats:
    """The values below which the standard normal lies with probabilities `p`."""
    quantiles: Floats = _special().ndtri(p)
    return quantiles


def normal_log_below(values: ArrayLike) -> Floats:
    """The logarithm of the standard normal's probability to lie below each value."""
    below: Floats = _special().log_ndtr(values)
    return below


def chi_square_quantiles(p: ArrayLike, freedom: float) -> Floats:
    """The values below which chi-square with so many degrees of freedom lies with probabilities `p`."""
    quantiles: Floats = 2 * _special().gammaincinv(freedom / 2, p)
    return quantiles


def f_above(value: float, between: float, within: float) -> float:
    """The probability that F with so many degrees of freedom between and within groups exceeds `value`."""
    return float(_special().fdtrc(between, within, value))


def beta_quantile(p: float, a: float, b: float) -> float:
    """The value below which Beta(a, b) lies with probability `p`."""
    return float(_special().betaincinv(a, b, p))


def ranks(values: ArrayLike) -> Floats:
    """The place of each value in their order, from 1 on; equal ones share the mean of their places."""
    _, which, times = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    middle: Floats = (np.cumsum(times) - (times - 1) / 2)[which]
    return middle


def rank_correlation(pairs: ArrayLike) -> float:
    """Spearman's correlation of the two columns of `pairs` [n, 2], each of which has at least two values."""
    first, second = np.asarray(pairs, dtype=float).T
    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])


def normal_below(value: float) -> float:
    """The probability that the standard normal lies below a value."""
    return float(_special().ndtr(value))


def _special() -> Any:
    from scipy import special

    return special
