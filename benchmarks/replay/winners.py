"""Which configuration a search would hand to a person, and what that costs against the best of the table. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.replay.clock import Seen
from benchmarks.replay.spaces import EPOCHS
from benchmarks.replay.table import CurveTable

_RERUN = 3  # trials that get another run
_LAST = 3  # epochs that are averaged


def best_epoch(history: Sequence[Seen], table: CurveTable, seeds: list[int], epochs: int) -> int:
    """The configuration with the best single epoch within the budget."""
    return _ranked(history[:epochs], table)[0]


def last_epochs(history: Sequence[Seen], table: CurveTable, seeds: list[int], epochs: int) -> int:
    """The configuration with the best mean over its last three epochs, or over those that it has."""
    values: dict[int, list[float]] = {}
    for seen in history[:epochs]:
        if seen.value is not None:
            values.setdefault(seen.configuration, []).append(table.sign * seen.value)
    return max(values, key=lambda one: statistics.fmean(values[one][-_LAST:]))


def run_again(history: Sequence[Seen], table: CurveTable, seeds: list[int], epochs: int) -> int:
    """The best by the best epoch of a whole new run with another seed, among the three best of the search, which has
    that much less to spend. There are two seeds in the table, so it is one new run instead of three."""
    left = max(1, epochs - _RERUN * EPOCHS)
    return max(_ranked(history[:left], table)[:_RERUN], key=lambda one: table.peak(one, 1 - seeds[one]))


Rule = Callable[[Sequence[Seen], CurveTable, list[int], int], int]
RULES: dict[str, Rule] = {
    "best epoch": best_epoch,
    "mean of the last three": last_epochs,
    "best three run again": run_again,
}


def _ranked(history: Sequence[Seen], table: CurveTable) -> list[int]:
    """Configurations by their best epoch so far, the best first; the first seen of equals. The first seen of all where
    none has a value."""
    best: dict[int, float] = {}
    for seen in history:
        if seen.value is not None:
            best[seen.configuration] = max(best.get(seen.configuration, -np.inf), table.sign * seen.value)
    return sorted(best, key=lambda one: -best[one]) or [history[0].configuration]


def regret(chosen: int, worths: NDArray[np.float64]) -> float:
    """How much less the chosen configuration is worth than the best of the table."""
    return float(worths.max() - worths[chosen])


def interval(regrets: Sequence[float], draws: int = 2000) -> tuple[float, float, float]:
    """The mean, and its 95% interval by the bootstrap over repetitions."""
    values = np.asarray(regrets)
    again = np.random.default_rng(0).integers(len(values), size=(draws, len(values)))
    low, high = np.quantile(values[again].mean(axis=1), [0.025, 0.975])
    return float(values.mean()), float(low), float(high)
