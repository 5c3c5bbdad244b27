"""OptunaStudy: an Optuna study that proposes configurations and is told how each trial went. Knows no Ray.

Ray's own OptunaSearch tells trials that were pruned as complete with their last value, and leaves diverged ones running
in the study for ever; here a pruned trial is told as pruned, a failed or diverged one as failed, and any other with its
best value. The study file is derived: at every start it is written anew from the sweep's record, so that nothing a
crash does to it can matter.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState as OptunaState

from reports.analysis.summary import DEFAULT_TRIAL
from reports.records.record import Reason
from reports.records.state import TrialState
from search_spaces.sampling import distribution, optuna_values, suggest
from search_spaces.schema import SearchSpace

_TELL: dict[Reason, OptunaState] = {
    "completed": OptunaState.COMPLETE,
    "stopped_early": OptunaState.COMPLETE,
    "pruned": OptunaState.PRUNED,
    "failed": OptunaState.FAIL,
    "diverged": OptunaState.FAIL,
}
_ATTEMPTS = 5  # proposals equal to an earlier trial, before the next unseen configuration is taken instead


class OptunaStudy:
    """The study of one sweep, and every configuration that it has given out."""

    def __init__(
        self, space: SearchSpace, journal: Path, *, name: str, seed: int, finished: Iterable[TrialState] = ()
    ) -> None:
        self._space, self._seed = space, seed
        self._known: set[str] = set()
        self._running: dict[str, optuna.Trial] = {}
        finished = list(finished)
        for stale in (journal, journal.with_name(journal.name + ".lock")):
            stale.unlink(missing_ok=True)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # group: conditional knobs, jointly
            sampler = optuna.samplers.TPESampler(
                seed=seed + len(finished), multivariate=True, group=True, constant_liar=True
            )
        self._study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(journal))),
            study_name=name,
            directions=["maximize" if one.mode == "max" else "minimize" for one in space.objectives],
            sampler=sampler,
            pruner=optuna.pruners.NopPruner(),  # ASHA decides, in tune_jobs/search/asha.py
        )
        for trial in finished:
            self._add_finished(trial)

    def next(self, trial: str) -> dict[str, Any] | None:
        """The configuration of a new trial, the first one the default. None: the space is exhausted."""
        values = self.ask(trial, self._space.default() if trial == DEFAULT_TRIAL else None)
        return None if values is None else self._space.trial_config(values, self._seed).model_dump(mode="json")

    def take_up(self, trial: TrialState) -> None:
        """Go on with a trial that an earlier driver left unfinished."""
        self.ask(trial.trial, self._space.in_effect(trial.config))
        for epoch, value in trial.values(self._space.objective.metric).items():
            self.report(trial.trial, epoch, value)

    def ask(self, trial: str, values: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """Searched knobs in effect for a new trial; the given ones, or new ones. None: the space is exhausted."""
        if values is None:
            for _ in range(_ATTEMPTS):
                proposed = self._study.ask()
                values = suggest(self._space, proposed)
                if _key(values) not in self._known:
                    return self._give_out(trial, proposed, values)
                proposed.set_user_attr("note", "proposed before; not run again")
                self._study.tell(proposed, state=OptunaState.FAIL)
            values = self._unseen()
            if values is None:
                return None
        self._study.enqueue_trial(optuna_values(self._space, values))
        proposed = self._study.ask()
        return self._give_out(trial, proposed, suggest(self._space, proposed))

    def report(self, trial: str, epoch: int, value: float) -> None:
        """One epoch's value of a running trial. Optuna keeps none where there are two objectives."""
        if len(self._space.objectives) == 1:
            self._running[trial].report(value, epoch)

    def tell(self, trial: str, reason: Reason, best: tuple[float, ...] | None) -> None:
        """How a running trial ended, with the value of each objective at its best epoch."""
        proposed = self._running.pop(trial)
        state = _TELL[reason]
        self._study.tell(proposed, best if state is OptunaState.COMPLETE else None, state=state)

    def _give_out(self, trial: str, proposed: optuna.Trial, values: dict[str, Any]) -> dict[str, Any]:
        proposed.set_user_attr("trial", trial)
        self._running[trial] = proposed
        self._known.add(_key(values))
        return values

    def _unseen(self) -> dict[str, Any] | None:
        if not self._space.is_finite():
            return None
        return next((one for one in self._space.configurations() if _key(one) not in self._known), None)

    def _add_finished(self, trial: TrialState) -> None:
        """An earlier driver's trial, as an evaluated point."""
        assert trial.reason is not None
        values = self._space.in_effect(trial.config)
        self._known.add(_key(values))
        state = _TELL[trial.reason]
        best = trial.best(self._space.objective.metric, self._space.objective.mode)
        one, *other = [objective.metric for objective in self._space.objectives]
        point = trial.points([one, *other]).get(best[0]) if best else None
        self._study.add_trial(
            optuna.trial.create_trial(
                state=state,
                values=point if state is OptunaState.COMPLETE else None,
                params=optuna_values(self._space, values),
                distributions={name: distribution(self._space.search[name]) for name in values},
                intermediate_values={} if other else trial.values(one),
                user_attrs={"trial": trial.trial},
            )
        )


def _key(values: dict[str, Any]) -> str:
    return json.dumps(values, sort_keys=True)
