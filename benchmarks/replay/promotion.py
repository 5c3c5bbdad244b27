"""ASHA as its paper has it: a trial pauses at each rung, and goes on once it is among the best there.

Source: Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning", algorithm 2. Ours and Ray's stop trials
instead, so that none has to be taken up again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.replay.clock import Job
from benchmarks.replay.ours import SamplerMaker, spec_of
from benchmarks.replay.spaces import EPOCHS
from benchmarks.replay.table import CurveTable
from reports.records.record import EpochEnded, Reason
from reports.records.state import TrialState
from search_spaces.schema import Budget


class Promotion:
    """The rungs, the trials that wait at each, and a sampler for new ones when none may go on."""

    def __init__(self, table: CurveTable, make: SamplerMaker, budget: dict[str, Any], seed: int) -> None:
        spec = spec_of(table.space, budget, seed)
        self._table, self._sampler = table, make(spec, Path("unused"))
        self._rungs = [*spec.space.budget.rungs(), EPOCHS]
        self._factor = _factor(spec.space.budget)
        self._waiting: list[dict[str, float]] = [{} for _ in self._rungs]  # best value, times the sign, of each trial
        self._promoted: list[set[str]] = [set() for _ in self._rungs]
        self._trials: dict[str, TrialState] = {}

    def next(self) -> Job | None:
        for rung in reversed(range(len(self._rungs) - 1)):
            if trial := self._promotable(rung):
                self._promoted[rung].add(trial)
                self._sampler.take_up(self._trials[trial])
                return Job(trial, self._sampler.configurations[trial], self._rungs[rung] + 1)
        name = f"{len(self._trials):04d}"
        config = self._sampler.ask(name)
        if config is None:
            return None
        self._trials[name] = TrialState(name, config)
        return Job(name, self._sampler.configurations[name])

    def hear(self, job: Job, epoch: int, value: float | None) -> bool:
        if value is None:
            self._end(job.trial, "diverged")
            return True
        state = self._trials[job.trial]
        metric = self._table.space.objective.metric
        state.epochs[epoch] = EpochEnded(trial=job.trial, epoch=epoch, metrics={metric: value}, seconds={})
        self._sampler.report(job.trial, epoch, value)
        if epoch not in self._rungs:
            return False
        self._waiting[self._rungs.index(epoch)][job.trial] = self._best(job.trial)
        self._end(job.trial, "completed" if epoch == EPOCHS else "pruned")
        return True

    def close(self) -> None:
        """Nothing is held but memory."""

    def _promotable(self, rung: int) -> str | None:
        """The best trial that is among the top of its rung and has not gone on yet."""
        ranked = sorted(self._waiting[rung], key=lambda trial: -self._waiting[rung][trial])
        top = ranked[: len(ranked) // self._factor]
        return next((trial for trial in top if trial not in self._promoted[rung]), None)

    def _best(self, trial: str) -> float:
        values = self._trials[trial].values(self._table.space.objective.metric).values()
        return max(self._table.sign * value for value in values)

    def _end(self, trial: str, reason: Reason) -> None:
        """The sampler hears of a pause as of a cut, so that it learns from the trial; it may be taken up again."""
        values = self._trials[trial].values(self._table.space.objective.metric)
        best = (self._table.sign * self._best(trial),) if values else None
        self._sampler.tell(trial, reason, best, {})


def _factor(budget: Budget) -> int:
    assert budget.reduction_factor is not None
    return budget.reduction_factor
