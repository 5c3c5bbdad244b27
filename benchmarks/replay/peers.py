"""What people run without us: Ray Tune's OptunaSearch with its ASHAScheduler, and Optuna with its HyperbandPruner.

The real classes are called as Ray's controller and Optuna's loop call them; no cluster is needed.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import optuna
from optuna.trial import TrialState as OptunaState
from ray.tune.schedulers import AsyncHyperBandScheduler
from ray.tune.search.optuna import OptunaSearch

from benchmarks.replay.clock import Job
from benchmarks.replay.proposals import proposal, spare_enqueued
from benchmarks.replay.spaces import EPOCHS
from benchmarks.replay.table import CurveTable, Untried
from search_spaces.sampling import optuna_values, suggest


class RaySearch:
    """OptunaSearch, which hears of a stopped trial as complete with its last value; ASHA with Ray's defaults."""

    def __init__(self, table: CurveTable, seed: int, *, default_first: bool, grace: int = 1, factor: int = 4) -> None:
        objective = table.space.objective
        self._table, self._untried, self._metric = table, Untried(table), objective.metric
        self._search = OptunaSearch(
            lambda trial: suggest(table.space, trial) and None, metric=objective.metric, mode=objective.mode, seed=seed
        )
        self._scheduler = AsyncHyperBandScheduler(
            metric=objective.metric, mode=objective.mode, max_t=EPOCHS, grace_period=grace, reduction_factor=factor
        )
        spare_enqueued(self._search._ot_study.sampler)
        self._default_first, self._trials = default_first, 0

    def next(self) -> Job | None:
        study = self._search._ot_study
        first = self._default_first and not self._trials
        wanted = self._table.space.default() if first else proposal(study, self._table.space)
        taken = self._untried.take_nearest(wanted)
        if taken is None:
            return None
        name, self._trials = f"{self._trials:04d}", self._trials + 1
        study.enqueue_trial(optuna_values(self._table.space, self._table.configurations[taken]))
        self._search.suggest(name)
        self._scheduler.on_trial_add(None, SimpleNamespace(trial_id=name))
        return Job(name, taken)

    def hear(self, job: Job, epoch: int, value: float | None) -> bool:
        trial = SimpleNamespace(trial_id=job.trial)
        result = {self._metric: value, "training_iteration": epoch}
        if value is None:  # a trainable that raises
            self._search.on_trial_complete(job.trial, error=True)
            self._scheduler.on_trial_remove(None, trial)
            return True
        decision = self._scheduler.on_trial_result(None, trial, result)
        if decision == AsyncHyperBandScheduler.CONTINUE:
            self._search.on_trial_result(job.trial, result)
            return False
        self._search.on_trial_complete(job.trial, result)
        self._scheduler.on_trial_complete(None, trial, result)
        return True

    def close(self) -> None:
        """Nothing is held but memory."""


class OptunaHyperband:
    """Optuna's default sampler with its HyperbandPruner, as Optuna's documentation puts them together."""

    def __init__(self, table: CurveTable, seed: int) -> None:
        self._table, self._untried = table, Untried(table)
        self._study = optuna.create_study(
            study_name=f"replay-{seed}",  # Optuna deals trials to brackets by it
            direction="maximize" if table.sign == 1 else "minimize",
            sampler=optuna.samplers.TPESampler(seed=seed),
            pruner=optuna.pruners.HyperbandPruner(min_resource=1, max_resource=EPOCHS, reduction_factor=3),
        )
        spare_enqueued(self._study.sampler)
        self._running: dict[str, optuna.Trial] = {}

    def next(self) -> Job | None:
        taken = self._untried.take_nearest(proposal(self._study, self._table.space))
        if taken is None:
            return None
        values: dict[str, Any] = self._table.configurations[taken]
        self._study.enqueue_trial(optuna_values(self._table.space, values))
        trial = self._study.ask()
        suggest(self._table.space, trial)
        self._running[str(trial.number)] = trial
        return Job(str(trial.number), taken)

    def hear(self, job: Job, epoch: int, value: float | None) -> bool:
        trial = self._running[job.trial]
        if value is None:
            self._study.tell(trial, state=OptunaState.FAIL)
            return True
        trial.report(value, epoch)
        if epoch == EPOCHS:
            self._study.tell(trial, value)
            return True
        if trial.should_prune():
            self._study.tell(trial, state=OptunaState.PRUNED)
            return True
        return False

    def close(self) -> None:
        """Nothing is held but memory."""
