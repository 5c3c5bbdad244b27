"""A sampler that trusts the default: it draws around the default, around the best trial so far, or from all the space.

Source: Mallik et al. 2023, "PriorBand: Practical Hyperparameter Optimization in the Age of Deep Learning", section 5,
at the lowest rung; how often to draw around which is weighed by the best third of the trials, as there.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.replay.table import CurveTable, Untried
from reports.records.record import Reason
from reports.records.state import DEFAULT_TRIAL, TrialState
from search_spaces.schema import SearchSpace
from tune_jobs.search.around import KEPT, SPREAD, around, evenly, scaled_ends

_EVENLY = 0.5  # share of proposals that know nothing
_ENOUGH = 3  # trials at an epoch before the best of them is trusted


class PriorMixture:
    """The trials so far, by the epochs that they reached."""

    def __init__(self, table: CurveTable, seed: int) -> None:
        self.configurations: dict[str, int] = {}  # place in the table of each trial
        self._table, self._untried = table, Untried(table)
        self._rng = np.random.default_rng(seed)
        self._values: dict[int, dict[str, float]] = defaultdict(dict)  # [epoch][trial], times the sign

    def ask(self, trial: str) -> dict[str, Any] | None:
        space = self._table.space
        taken = self._untried.take_nearest(space.default() if trial == DEFAULT_TRIAL else self._proposal())
        if taken is None:
            return None
        self.configurations[trial] = taken
        return space.trial_config(self._table.configurations[taken], 0).model_dump(mode="json")

    def take_up(self, trial: TrialState) -> None:
        """Nothing is kept of a trial that it would have to go on with."""

    def report(self, trial: str, epoch: int, value: float) -> None:
        self._values[epoch][trial] = self._table.sign * value

    def tell(self, trial: str, reason: Reason, best: tuple[float, ...] | None, fails: Mapping[str, float]) -> None:
        """Its epochs were heard of already."""

    def _proposal(self) -> dict[str, Any]:
        space, rng = self._table.space, self._rng
        if rng.random() < _EVENLY:
            return evenly(space, rng)
        ranked = self._ranked()
        if ranked and rng.random() < self._trust_in_best(ranked):
            return around(space, rng, ranked[0])
        return around(space, rng, space.default())

    def _ranked(self) -> list[Mapping[str, Any]]:
        """Configurations at the last epoch that enough trials have reached, best first; none before."""
        reached = [epoch for epoch, values in self._values.items() if len(values) >= _ENOUGH]
        if not reached:
            return []
        values = self._values[max(reached)]
        ranked = sorted(values, key=lambda trial: -values[trial])
        return [self._table.configurations[self.configurations[trial]] for trial in ranked]

    def _trust_in_best(self, ranked: list[Mapping[str, Any]]) -> float:
        """Which explains the best third better, the best trial or the default: the first one's share."""
        space, best = self._table.space, ranked[0]
        top = ranked[: max(1, math.ceil(len(ranked) / _ENOUGH))]
        weights = range(len(top), 0, -1)
        by_best = sum(weight * density(space, one, best) for weight, one in zip(weights, top, strict=True))
        default = space.default()
        by_default = sum(weight * density(space, one, default) for weight, one in zip(weights, top, strict=True))
        return by_best / (by_best + by_default)


def density(space: SearchSpace, values: Mapping[str, Any], middle: Mapping[str, Any]) -> float:
    """How likely `around` draws a configuration, up to a factor that is the same for every middle (nearly: the part of
    a normal distribution that lies out of a range is not made up for)."""
    likely: float = 1.0
    for name in values.keys() & middle.keys():
        parameter = space.search[name]
        choices = parameter.values()
        if choices is not None:
            likely *= (1 - KEPT) / len(choices) + (KEPT if values[name] == middle[name] else 0.0)
        else:
            low, high = scaled_ends(parameter)
            scale = math.log if parameter.is_logarithmic else float
            apart = (scale(values[name]) - scale(middle[name])) / (high - low) / SPREAD
            likely *= math.exp(-(apart**2) / 2)
    return likely
