"""ASHA decides at rungs, from values alone, which trials are cut. It knows no Ray, no record and no clock.

With two objectives a trial is judged by the number of its Pareto front among those that reached the rung, as
Schmucker et al. 2021 ("Multi-objective Asynchronous Successive Halving") do by non-dominated sorting.

The stopping variant of asynchronous successive halving (Li et al. 2020, "A System for Massively Parallel
Hyperparameter Tuning", and Ray's AsyncHyperBandScheduler), with three differences that Ray's lacks: a rung is judged
only once `reduction_factor` trials have reached it, a trial is judged once a rung however often it reports there, and
the rungs can be filled again from a record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from reports.records.pareto import fronts
from reports.records.record import Cut
from search_spaces.budget import Budget

Point = tuple[float, ...]  # the value of each objective


class Asha:
    """The values that trials had when they reached each rung."""

    def __init__(self, epochs: list[int], reduction_factor: int, modes: Sequence[Literal["min", "max"]]) -> None:
        self._reduction_factor = reduction_factor
        self._modes = modes
        self._rungs: dict[int, dict[str, Point]] = {epoch: {} for epoch in epochs}

    @classmethod
    def of(cls, budget: Budget, modes: Sequence[Literal["min", "max"]]) -> Asha:
        """The rungs of a budget; there are none without a reduction factor."""
        return cls(budget.rungs(), budget.reduction_factor or 1, modes)

    def replay(self, trial: str, best_by_epoch: Mapping[int, Point]) -> None:
        """Enter a trial that an earlier driver judged, without judging it again."""
        for rung, seen in self._rungs.items():
            if rung in best_by_epoch:
                seen[trial] = best_by_epoch[rung]

    def judge(self, trial: str, epoch: int, values: Point) -> Cut | None:
        """Enter a trial's objectives at its best epoch so far; the cut, if it is not among the top of the rung.

        Ties are kept: a trial is cut only if enough others are truly better.
        """
        seen = self._rungs.get(epoch)
        if seen is None or trial in seen:
            return None
        seen[trial] = values
        if len(seen) < self._reduction_factor:
            return None
        passing = max(1, len(seen) // self._reduction_factor)
        ranks = fronts(seen, self._modes)
        last_passing = sorted(seen, key=lambda one: ranks[one])[passing - 1]
        if ranks[trial] <= ranks[last_passing]:
            return None
        if len(self._modes) > 1:
            return Cut(rung=epoch, value=ranks[trial], cutoff=ranks[last_passing], seen=len(seen))
        return Cut(rung=epoch, value=values[0], cutoff=seen[last_passing][0], seen=len(seen))
