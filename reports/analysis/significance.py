"""Is one configuration better than another? Repeats with equal seeds, their mean difference, an interval, a verdict."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reports.analysis.distributions import student_quantile

Verdict = Literal["better", "worse", "cannot tell"]


@dataclass(frozen=True)
class Difference:
    """Of a metric, paired by seed."""

    mean: float
    low: float  # the 95 % interval begins here
    high: float
    repeats: int
    verdict: Verdict

    def in_words(self) -> str:
        return f"{self.mean:+z.4f} [{self.low:+z.4f}, {self.high:+z.4f}]"


def compare(ours: Sequence[float], theirs: Sequence[float], mode: Literal["min", "max"] = "max") -> Difference:
    """Ours less theirs, run by run with the same seed.

    Args:
        ours: the metric of each repeat.
        theirs: of the repeats with the same seeds, in the same order.
        mode: which direction is better.

    Returns:
        The mean difference with Student's 95 % interval over the pairs; better or worse only where the interval leaves
        0 out. With a single pair the interval is infinite: one run cannot tell.

    Raises:
        ValueError: the two are not of equal length, or empty.
    """
    if len(ours) != len(theirs) or not ours:
        raise ValueError(f"{len(ours)} repeats against {len(theirs)}; a comparison needs pairs")
    differences = [one - other for one, other in zip(ours, theirs, strict=True)]
    mean, half = statistics.fmean(differences), half_width(differences)
    low, high = mean - half, mean + half
    verdict: Verdict = "cannot tell"
    if low > 0 or high < 0:
        verdict = "better" if (mean > 0) == (mode == "max") else "worse"
    return Difference(mean, low, high, len(differences), verdict)


def half_width(values: Sequence[float]) -> float:
    """Half of Student's 95 % interval of a mean; infinite for a single value."""
    if len(values) < 2:
        return math.inf
    return student_quantile(0.975, len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
