"""The median rule cuts a trial that is worse than the median of the others at its epoch, from values alone."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

from reports.records.pareto import fronts
from reports.records.record import Cut
from search_spaces.budget import Budget

MIN_OTHERS = 3  # below so many, a median says little


class MedianRule:
    """Judges at every epoch from the grace epochs on, but not at the last one.

    A trial's best value up to an epoch is compared with the median of what the others had reached up to the same epoch.
    With two objectives the numbers of their Pareto fronts are compared.

    Source: Golovin et al. 2017, "Google Vizier: A Service for Black-Box Optimization", section 3.2.1, which takes the
    others' running averages; their best values are taken here, since a winner is told by its best epoch.
    """

    def __init__(self, first: int, last: int, modes: Sequence[Literal["min", "max"]]) -> None:
        """
        Args:
            first: the first epoch at which trials are judged.
            last: the first one at which they no longer are.
            modes: direction of each objective.
        """
        self._epochs, self._modes = range(first, last), list(modes)
        self._seen: dict[int, dict[str, tuple[float, ...]]] = defaultdict(dict)

    @classmethod
    def of(cls, budget: Budget, modes: Sequence[Literal["min", "max"]]) -> MedianRule:
        """The rule of a budget; one without a reduction factor prunes nothing."""
        first = budget.grace_epochs if budget.reduction_factor else budget.max_epochs
        return cls(first, budget.max_epochs, modes)

    def replay(self, trial: str, best_by_epoch: Mapping[int, tuple[float, ...]]) -> None:
        for epoch, values in best_by_epoch.items():
            self._seen[epoch][trial] = values

    def judge(self, trial: str, epoch: int, values: tuple[float, ...]) -> Cut | None:
        if epoch not in self._epochs or trial in self._seen[epoch]:
            return None
        seen = self._seen[epoch]
        seen[trial] = values
        if len(seen) <= MIN_OTHERS:
            return None
        value, cutoff = self._value_and_median(seen, trial)
        return Cut(rung=epoch, value=value, cutoff=cutoff, seen=len(seen)) if self._is_worse(value, cutoff) else None

    def _value_and_median(self, seen: Mapping[str, tuple[float, ...]], trial: str) -> tuple[float, float]:
        """What is compared: a trial's value, or the number of its front, and the median of the others'."""
        if len(self._modes) == 1:
            comparable = {one: values[0] for one, values in seen.items()}
        else:
            comparable = {one: float(front) for one, front in fronts(seen, self._modes).items()}
        value = comparable.pop(trial)
        return value, statistics.median(comparable.values())

    def _is_worse(self, value: float, cutoff: float) -> bool:
        higher_is_better = self._modes == ["max"]  # a low number of a front is better
        return value < cutoff if higher_is_better else value > cutoff
