"""Our samplers and plain Optuna studies, bound to a table: what they propose becomes its nearest untried configuration.

A sampler is told the values of that configuration, never those that it had proposed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna
from optuna.samplers import BaseSampler
from optuna.trial import TrialState as OptunaState

from benchmarks.replay.table import CurveTable, Untried
from reports.records.record import Reason
from reports.records.state import DEFAULT_TRIAL, TrialState
from search_spaces.sampling import suggest
from search_spaces.schema import SearchSpace
from tune_jobs.search.optuna_study import OptunaStudy


class TabulatedStudy:
    """One of our samplers that Optuna stands behind, as a Sampler of the scheduler."""

    def __init__(self, inner: OptunaStudy, table: CurveTable, *, silent_epochs: int = 0) -> None:
        """
        Args:
            inner: a fresh one.
            table: what there is to propose.
            silent_epochs: a trial that is cut by this epoch is not told to the sampler.
        """
        self.configurations: dict[str, int] = {}  # place in the table of each trial
        self._inner, self._table, self._untried = inner, table, Untried(table)
        self._silent_epochs = silent_epochs
        self._epochs: dict[str, int] = {}
        spare_enqueued(inner._study.sampler)

    def ask(self, trial: str) -> dict[str, Any] | None:
        space = self._table.space
        if self._untried.is_empty():
            return None
        taken = self._untried.take_nearest(space.default() if trial == DEFAULT_TRIAL else proposal(self._study, space))
        if taken is None:
            return None
        self.configurations[trial] = taken
        values = self._inner._values(trial, self._table.configurations[taken])
        return None if values is None else space.trial_config(values, 0).model_dump(mode="json")

    def take_up(self, trial: TrialState) -> None:
        self._inner.take_up(trial)

    def report(self, trial: str, epoch: int, value: float) -> None:
        self._epochs[trial] = epoch
        self._inner.report(trial, epoch, value)

    def tell(self, trial: str, reason: Reason, best: tuple[float, ...] | None, fails: Mapping[str, float]) -> None:
        silent = reason == "pruned" and self._epochs[trial] <= self._silent_epochs
        self._inner.tell(trial, "failed" if silent else reason, best, fails)

    @property
    def _study(self) -> optuna.Study:
        return self._inner._study


def proposal(study: optuna.Study, space: SearchSpace) -> dict[str, Any]:
    """What a study would try next, without a trace in what it learns from."""
    proposed = study.ask()
    values = suggest(space, proposed)
    study.tell(proposed, state=OptunaState.FAIL)
    return values


def spare_enqueued(sampler: BaseSampler) -> None:
    """Have a sampler propose nothing for a trial whose values are given.

    Optuna samples for such a trial as well and throws it away, which takes twice the time and every other Sobol point.
    """
    sample = sampler.sample_relative

    def sample_relative(study: optuna.Study, trial: Any, space: Any) -> dict[str, Any]:
        return {} if "fixed_params" in trial.system_attrs else sample(study, trial, space)

    sampler.sample_relative = sample_relative  # type: ignore[method-assign, assignment]
