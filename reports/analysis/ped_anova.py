"""PED-ANOVA, as Optuna computes it, of many resamples of the same trials. Loads Optuna, so whoever needs it imports it
there.

Source: Watanabe et al. 2023, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary Subspaces".
"""

from __future__ import annotations

import warnings
from collections.abc import Container

import numpy as np
import optuna
import pandas as pd
from numpy.typing import NDArray
from optuna.importance import PedAnovaImportanceEvaluator
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from reports.analysis.compared import NULL
from search_spaces.sampling import distribution, optuna_values
from search_spaces.schema import SearchSpace

Floats = NDArray[np.float64]

_TOP = 0.1  # Optuna's share of trials that are called good
_FEWEST = 5  # it wants so many good ones at least
_MOST = 0.5  # but not more than so large a share


class PedAnova:
    """The trials of a table, and what each knob had to do with which of them were good."""

    def __init__(self, table: pd.DataFrame, space: SearchSpace, knobs: list[str]) -> None:
        """
        Args:
            table: trial, value and the knobs (compared.knob_table).
            space: says what each knob may be, and which direction is better.
            knobs: those that are ranked, in effect in every trial.
        """
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._knobs = knobs
        self._evaluator = PedAnovaImportanceEvaluator(target_quantile=min(_MOST, max(_TOP, _FEWEST / len(table))))
        storage, name = InMemoryStorage(), "importance"
        better = StudyDirection.MAXIMIZE if space.objective.mode == "max" else StudyDirection.MINIMIZE
        optuna.create_study(storage=storage, study_name=name, direction=better)
        self._study = _Given(name, storage)
        distributions = {knob: distribution(space.search[knob]) for knob in knobs}
        for row in table.to_dict("records"):
            params = optuna_values(space, {knob: None if row[knob] == NULL else row[knob] for knob in knobs})
            added = optuna.trial.create_trial(params=params, distributions=distributions, value=row["value"])
            self._study.add_trial(added)
        self._trials = self._study.get_trials()
        for trial in self._trials:  # copies of distributions are compared knob by knob at each resample
            trial.distributions = distributions

    def importance(self, rows: NDArray[np.int64] | None = None, values: Floats | None = None) -> Floats:
        """The divergence between the good trials and all of them along each knob, shape [knobs], 0 or more.

        Args:
            rows: which trials, some of them several times; without it, each once.
            values: of all trials, in the place of their own.
        """
        if values is not None:
            for trial, value in zip(self._trials, values, strict=True):
                trial.value = value
        self._study.given = self._trials if rows is None else [self._trials[row] for row in rows]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the evaluator warns that it is experimental, and of equal values
            found = self._evaluator.evaluate(self._study, params=self._knobs)
        return np.array([found[knob] for knob in self._knobs])


class _Given(optuna.Study):
    """A study whose trials are handed to it: a storage copies each, which takes most of the time of a resample."""

    given: list[FrozenTrial] | None = None

    def get_trials(self, deepcopy: bool = True, states: Container[TrialState] | None = None) -> list[FrozenTrial]:
        return super().get_trials(deepcopy, states) if self.given is None else self.given
