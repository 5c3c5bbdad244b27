"""ASHA decides at rungs, from values alone, which trials are cut. It knows no Ray, no record and no clock.

With two objectives a trial is judged by the number of its Pareto front among those that reached the rung, as
Schmucker et al. 2021 ("Multi-objective Asynchronous Successive Halving") do by non-dominated sorting.

The stopping variant of asynchronous successive halving (Li et al. 2020, "A System for Massively Parallel
Hyperparameter Tuning", and Ray's AsyncHyperBandScheduler), with three differences that Ray's lacks: a rung is judged
only once `reduction_factor` trials have reached it, a trial is judged once a rung however often it reports there, and
the rungs can be filled again from a record.
"""

from __future__ import annotations

import bisect
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
        self._rungs = {epoch: _Rung(modes) for epoch in epochs}

    @classmethod
    def of(cls, budget: Budget, modes: Sequence[Literal["min", "max"]]) -> Asha:
        """The rungs of a budget; there are none without a reduction factor."""
        return cls(budget.rungs(), budget.reduction_factor or 1, modes)

    def replay(self, trial: str, best_by_epoch: Mapping[int, Point]) -> None:
        """Enter a trial that an earlier driver judged, without judging it again."""
        for epoch, rung in self._rungs.items():
            if epoch in best_by_epoch:
                rung.enter(trial, best_by_epoch[epoch])

    def judge(self, trial: str, epoch: int, values: Point) -> Cut | None:
        """Enter a trial's objectives at its best epoch so far; the cut, if it is not among the top of the rung.

        Ties are kept: a trial is cut only if enough others are truly better.
        """
        rung = self._rungs.get(epoch)
        if rung is None or trial in rung.seen:
            return None
        rung.enter(trial, values)
        seen = len(rung.seen)
        if seen < self._reduction_factor:
            return None
        value, cutoff, is_cut = rung.against(trial, passing=max(1, seen // self._reduction_factor))
        return Cut(rung=epoch, value=value, cutoff=cutoff, seen=seen) if is_cut else None


class _Rung:
    """Who reached a rung, and with what. Values of one objective are kept in order: thousands of trials are not sorted
    anew for each that comes."""

    def __init__(self, modes: Sequence[Literal["min", "max"]]) -> None:
        self.seen: dict[str, Point] = {}
        self._modes, self._sign = modes, -1 if modes[0] == "max" else 1
        self._ordered: list[float] = []  # of one objective: what is least is best

    def enter(self, trial: str, values: Point) -> None:
        if len(self._modes) == 1:
            if trial in self.seen:
                self._ordered.remove(self._sign * self.seen[trial][0])
            bisect.insort(self._ordered, self._sign * values[0])
        self.seen[trial] = values

    def against(self, trial: str, passing: int) -> tuple[float, float, bool]:
        """What a trial has and what the last of so many that pass has, a value or the number of a front; and whether
        the trial is worse."""
        if len(self._modes) == 1:
            value, last = self._sign * self.seen[trial][0], self._ordered[passing - 1]
            return self._sign * value, self._sign * last, value > last
        ranks = fronts(self.seen, self._modes)
        last = sorted(ranks.values())[passing - 1]
        return ranks[trial], last, ranks[trial] > last
