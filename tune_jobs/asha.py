"""ASHA's rungs: which trials are cut, decided from values alone. Knows no Ray, no record, no clock.

The stopping variant of asynchronous successive halving (Li et al. 2020, "A System for Massively Parallel
Hyperparameter Tuning", and Ray's AsyncHyperBandScheduler), with three differences that Ray's lacks: a rung is judged
only once `reduction_factor` trials have reached it, a trial is judged once a rung however often it reports there, and
the rungs can be filled again from a record.
"""

from __future__ import annotations

from typing import Literal

from reports.record import Cut


class Rungs:
    """The values that trials had when they reached each rung."""

    def __init__(self, epochs: list[int], reduction_factor: int, mode: Literal["min", "max"]) -> None:
        self._reduction_factor = reduction_factor
        self._sign = 1.0 if mode == "max" else -1.0
        self._rungs: dict[int, dict[str, float]] = {epoch: {} for epoch in epochs}

    def replay(self, trial: str, best_by_epoch: dict[int, float]) -> None:
        """Enter a trial that an earlier driver judged, without judging it again."""
        for rung, seen in self._rungs.items():
            if rung in best_by_epoch:
                seen[trial] = best_by_epoch[rung]

    def judge(self, trial: str, epoch: int, value: float) -> Cut | None:
        """Enter a trial's best value so far at this epoch; the cut, if it is not among the top of the rung.

        Ties are kept: a trial is cut only if enough others are truly better.
        """
        seen = self._rungs.get(epoch)
        if seen is None or trial in seen:
            return None
        seen[trial] = value
        if len(seen) < self._reduction_factor:
            return None
        passing = max(1, len(seen) // self._reduction_factor)
        cutoff = sorted(seen.values(), key=lambda one: -self._sign * one)[passing - 1]
        if self._sign * value >= self._sign * cutoff:
            return None
        return Cut(rung=epoch, value=value, cutoff=cutoff, seen=len(seen))
