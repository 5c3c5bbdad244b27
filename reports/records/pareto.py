"""Pareto fronts: which trials no other beats in every objective. Plain values in, numbers of fronts out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence


def fronts(points: Mapping[str, Sequence[float]], modes: Sequence[str]) -> dict[str, int]:
    """The Pareto front of each point: 1 for those that none dominates, 2 for those that only front 1 dominates, ...

    Args:
        points: the values of one or two objectives, by trial.
        modes: "min" or "max" of each objective.

    Returns:
        Numbers of fronts by trial. With one objective they are ranks, and equal values share one.

    Source: non-dominated sorting (Deb et al. 2002, "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II",
    section III); for two objectives a single sweep over the points sorted by the first.
    """
    signs = [1 if mode == "max" else -1 for mode in modes]
    signed = {name: [sign * value for sign, value in zip(signs, point, strict=True)] for name, point in points.items()}
    found: dict[str, int] = {}
    least: list[float] = []  # holds each front's best second objective so far, negated, so it ascends
    previous, front = None, 0
    for name, point in sorted(signed.items(), key=lambda item: item[1], reverse=True):
        if point != previous:
            second = -point[1] if len(point) > 1 else 0.0
            front = bisect_right(least, second)
            least[front : front + 1] = [second]
            previous = point
        found[name] = front + 1
    return {name: found[name] for name in points}
