"""How sure a metric is: what it would be on other images of the same kind, by drawing the measured ones anew.

Each draw takes as many images as there are, with replacement, and the metric is computed of their sums. The interval is
the expanded percentile interval of Hesterberg (2015, "What Teachers Should Know About the Bootstrap", section 5.3):
percentiles alone are too narrow where images are few. It speaks of images that were taken independently; frames of one
film are not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from reports.analysis.distributions import beta_quantile, normal_below, student_quantile

Values = NDArray[np.float64]
Interval = tuple[float, float]
DRAWS = 2000
FEWEST_IMAGES = 5  # fewer say nothing of the images that one does not have
_AT_ONCE = 100  # draws


def draws(
    sums: Mapping[str, Values],
    metrics: Callable[[dict[str, Values]], dict[str, Values]],
    rng: np.random.Generator,
    count: int = DRAWS,
) -> dict[str, Values]:
    """The metrics of so many draws of images, each [draws, ...].

    Args:
        sums: of each image, [images] or [images, classes].
        metrics: of sums over images, a row a draw.
        rng: draws the images.
        count: how many draws.
    """
    images = len(next(iter(sums.values())))
    parts = []
    for first in range(0, count, _AT_ONCE):
        times = rng.multinomial(images, np.full(images, 1 / images), size=min(_AT_ONCE, count - first))
        parts.append(metrics({name: times.astype(np.float64) @ values for name, values in sums.items()}))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def interval(of_draws: Values, images: int) -> Interval | None:
    """The 95 % interval of one metric, [draws].

    Returns:
        None where nothing can be said: of too few images, or where all of them agree.
    """
    known = of_draws[np.isfinite(of_draws)]
    if images < FEWEST_IMAGES or not len(known):
        return None
    beyond = normal_below(-math.sqrt(images / (images - 1)) * student_quantile(0.975, images - 1))
    low, high = np.quantile(known, [beyond, 1 - beyond])
    return (float(low), float(high)) if low < high else None


def share_interval(hits: float, of: float) -> Interval | None:
    """The exact 95 % interval of a share of independent trials (Clopper and Pearson 1934); None of too few."""
    if of < FEWEST_IMAGES:
        return None
    low = beta_quantile(0.025, hits, of - hits + 1) if hits else 0.0
    high = beta_quantile(0.975, hits + 1, of - hits) if hits < of else 1.0
    return low, high
