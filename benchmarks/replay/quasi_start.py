"""TPE whose first proposals fill the space evenly instead of being drawn at random."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from benchmarks.replay.ours import study_in_memory
from reports.records.spec import SweepSpec
from tune_jobs.search.optuna_study import OptunaStudy

_START = 10  # trials with values, as many as TPE itself waits for


def quasi_start(spec: SweepSpec, journal: Path) -> OptunaStudy:
    """Our TPE sampler with such a start, by the Sobol sequence of our quasi-random sampler."""
    study = study_in_memory("tpe", spec, journal)
    sobol = study_in_memory("quasi-random", spec, journal)._study.sampler
    study._study.sampler = _EvenStart(sobol, study._study.sampler)
    return study


class _EvenStart(BaseSampler):
    """Until so many trials have values, the knobs without a condition come from the first sampler."""

    def __init__(self, first: BaseSampler, then: BaseSampler) -> None:
        self._first, self._then = first, then

    def _turn(self, study: Study) -> BaseSampler:
        known = study.get_trials(deepcopy=False, states=(OptunaState.COMPLETE, OptunaState.PRUNED))
        return self._first if len(known) < _START else self._then

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._turn(study).infer_relative_search_space(study, trial)

    def sample_relative(self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]) -> Any:
        return self._turn(study).sample_relative(study, trial, search_space)

    def sample_independent(self, study: Study, trial: FrozenTrial, name: str, distribution: BaseDistribution) -> Any:
        return self._then.sample_independent(study, trial, name, distribution)
