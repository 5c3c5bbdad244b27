"""OptunaStudy: an Optuna study that proposes configurations and is told how each trial went. Knows no Ray.

Ray's own OptunaSearch tells trials that were pruned as complete with their last value, and leaves diverged ones running
in the study for ever; told.py says what is told here, and why. The study file is derived: at every start it is written
anew from the sweep's record, so that nothing a crash does to it can matter.
"""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import TrialState as OptunaState

from reports.records.pareto import fronts
from reports.records.record import Reason
from reports.records.spec import KnownTrial, SweepSpec
from reports.records.state import TrialState
from search_spaces.constraints import failing
from search_spaces.sampling import distribution, optuna_values, suggest
from tune_jobs.search.around import around
from tune_jobs.search.study_storage import StudyStorage
from tune_jobs.search.told import lacking, told
from tune_jobs.search.unseen import drawn_unseen, key_of, nearest_unseen

_START = 10  # trials before TPE learns from them; Optuna's own choice
_EVENLY = 4  # one in so many of them is drawn from the whole space
_ATTEMPTS = 5  # after so many proposals that were tried before, an unseen configuration is taken instead
_SAMPLERS_SEEDS = 2**32  # those that numpy's older generator takes


def tpe(spec: SweepSpec, journal: Path, earlier: Sequence[TrialState]) -> OptunaStudy:
    """The tree-structured Parzen estimator, over all knobs that are in effect together, conditional ones included.

    Until it knows enough trials to learn from, proposals lie around the best configuration so far, which is the default
    at first; one in four is drawn from the whole space, from where a good default is seldom beaten.

    Source: Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization"; the start is the mixture of Mallik et
    al. 2023, "PriorBand", section 5.
    """

    def sampler(seed: int) -> BaseSampler:
        return TPESampler(n_startup_trials=_START, seed=seed, multivariate=True, group=True, constant_liar=True)

    return OptunaStudy(spec, journal, earlier, sampler, start=_START)


def random(spec: SweepSpec, journal: Path, earlier: Sequence[TrialState]) -> OptunaStudy:
    """Each trial is drawn by itself, conditional knobs only where they are in effect."""
    return OptunaStudy(spec, journal, earlier, lambda seed: RandomSampler(seed=seed))


class OptunaStudy:
    """The study of one sweep, and every configuration that it has given out."""

    def __init__(
        self,
        spec: SweepSpec,
        journal: Path,
        earlier: Sequence[TrialState],
        sampler: Callable[[int], BaseSampler],
        start: int = 0,
    ) -> None:
        """
        Args:
            spec: what the sweep is to do.
            journal: where the study is kept; one that lies there is written anew.
            earlier: the trials that earlier drivers started; those that ended become evaluated points.
            sampler: makes Optuna's sampler from a seed, another one for each number of trials given out: the same one
                would propose again what an earlier start proposed.
            start: trials whose proposals lie around the best configuration so far, before Optuna's are taken.
        """
        self._space, self._seed = spec.space, spec.seed
        begun = {key_of(spec.space.in_effect(trial.config)) for trial in earlier}
        self._first = [values for values in spec.space.first_trials().values() if key_of(values) not in begun]
        self._known: set[str] = set()
        self._best: tuple[tuple[float, float], dict[str, Any]] | None = None
        self._running: dict[str, optuna.Trial] = {}
        self._given: dict[str, dict[str, Any]] = {}  # the values of those that run
        self._cut: dict[int, dict[str, tuple[float, ...]]] = defaultdict(dict)  # objectives by epoch, by trial
        self._reached: dict[str, int] = {}  # the last epoch that a trial reported
        for stale in (journal, journal.with_name(journal.name + ".lock")):
            stale.unlink(missing_ok=True)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        with _quiet():
            self._study = optuna.create_study(
                storage=StudyStorage(journal),
                study_name=spec.name,
                directions=["maximize" if one.mode == "max" else "minimize" for one in spec.space.objectives],
                sampler=sampler((spec.seed + len(earlier)) % _SAMPLERS_SEEDS),
                pruner=optuna.pruners.NopPruner(),  # whoever prunes is in tune_jobs/search/pruners.py
            )
        for known in spec.known:
            self._add_known(known)
        self._start = max(0, start - len(spec.known))
        for trial in earlier:
            if trial.finished:
                self._add_finished(trial)

    def ask(self, trial: str) -> dict[str, Any] | None:
        values = self._values(trial, self._first.pop(0) if self._first else None)
        return None if values is None else self._space.trial_config(values, self._seed).model_dump(mode="json")

    def take_up(self, trial: TrialState) -> None:
        self._values(trial.trial, self._space.in_effect(trial.config))
        for epoch, value in trial.values(self._space.objective.metric).items():
            self.report(trial.trial, epoch, value)

    def report(self, trial: str, epoch: int, value: float) -> None:
        self._reached[trial] = epoch
        if len(self._space.objectives) == 1:  # Optuna takes no values of single epochs where there are two
            self._running[trial].report(value, epoch)

    def tell(self, trial: str, reason: Reason, best: tuple[float, ...] | None, fails: Mapping[str, float]) -> None:
        proposed = self._running.pop(trial)
        self._remember(self._given.pop(trial), reason, best, fails)
        state, values = told(reason, best)
        fails = {**self._fails(trial, reason, self._reached.get(trial, 0), best), **fails}
        if reason == "diverged":  # what it reported before would count for it, so it becomes a point without epochs
            self._study.tell(proposed, state=OptunaState.FAIL)
            self._add(trial, state, proposed.params, proposed.distributions, {}, fails=fails)
        else:
            for constraint, by in fails.items():
                proposed.set_constraint(constraint, by)
            self._study.tell(proposed, values, state=state)

    def _fails(self, trial: str, reason: Reason, epochs: int, best: tuple[float, ...] | None) -> dict[str, float]:
        """By how much a trial fails to come to its end, where there are two objectives (told.lacking)."""
        if len(self._space.objectives) == 1 or reason not in ("pruned", "diverged"):
            return {}
        if reason == "diverged" or best is None:
            return {"came to its end": lacking(0, self._space.budget.max_epochs, front=1)}
        alike = self._cut[epochs]
        alike[trial] = best
        front = fronts(alike, [objective.mode for objective in self._space.objectives])[trial]
        return {"came to its end": lacking(epochs, self._space.budget.max_epochs, front)}

    def _values(self, trial: str, values: dict[str, Any] | None) -> dict[str, Any] | None:
        """Searched knobs in effect for a new trial: the given ones, or new ones."""
        if values is None and int(trial) < self._start:
            values = self._around_best(int(trial))
        if values is None:
            repeated: dict[str, Any] = {}
            for _ in range(_ATTEMPTS):
                with _quiet():
                    proposed = self._study.ask()
                    repeated = suggest(self._space, proposed)
                if key_of(repeated) not in self._known:
                    return self._give_out(trial, proposed, repeated)
                proposed.set_user_attr("note", "proposed before; not run again")
                self._study.tell(proposed, state=OptunaState.FAIL)
            values = self._unseen(repeated)
            if values is None:
                return None
        self._study.enqueue_trial(optuna_values(self._space, values))
        with _quiet():
            proposed = self._study.ask()
            return self._give_out(trial, proposed, suggest(self._space, proposed))

    def _around_best(self, number: int) -> dict[str, Any] | None:
        """Follows from the seed, the trials that have ended and the number alone; None where all was tried before."""
        if number % _EVENLY == 0:
            return None
        rng = np.random.default_rng([self._seed, number])
        middle = self._space.default() if self._best is None else self._best[1]
        drawn = (around(self._space, rng, middle) for _ in range(_ATTEMPTS))
        return next((values for values in drawn if key_of(values) not in self._known), None)

    def _remember(
        self, values: dict[str, Any], reason: Reason, best: tuple[float, ...] | None, fails: Mapping[str, float]
    ) -> None:
        """The best configuration so far, by the first objective; the one that fails constraints least, until one keeps
        to them."""
        if reason in ("failed", "diverged") or (best is None and not fails):
            return
        sign = 1 if self._space.objective.mode == "max" else -1
        rank = -sum(fails.values()), -math.inf if best is None else sign * best[0]
        if self._best is None or rank > self._best[0]:
            self._best = rank, values

    def _unseen(self, repeated: dict[str, Any]) -> dict[str, Any] | None:
        """A configuration in the place of one that was tried before; None where all were."""
        if self._space.is_finite():
            return nearest_unseen(self._space, self._known, repeated)
        return drawn_unseen(self._space, self._known, (self._seed + len(self._known)) % _SAMPLERS_SEEDS)

    def _give_out(self, trial: str, proposed: optuna.Trial, values: dict[str, Any]) -> dict[str, Any]:
        proposed.set_user_attr("trial", trial)
        self._running[trial], self._given[trial] = proposed, values
        self._known.add(key_of(values))
        return values

    def _add_finished(self, trial: TrialState) -> None:
        """An earlier driver's trial, as an evaluated point; not one that was not trained for a constraint which is no
        more."""
        assert trial.reason is not None
        metrics = [objective.metric for objective in self._space.objectives]
        fails = failing(self._space.limits, trial.measured(metrics[0], self._space.objective.mode))
        if trial.reason == "infeasible" and not fails:
            return
        values, epochs = self._space.in_effect(trial.config), trial.points(metrics)
        self._add_known(
            KnownTrial(
                of=trial.trial,
                values=values,
                reason=trial.reason,
                epochs=epochs,
                fails=fails if epochs or trial.known else {},
            )
        )

    def _add_known(self, trial: KnownTrial) -> None:
        """A trial of this or an earlier sweep, as an evaluated point."""
        best, values, reason = trial.best(self._space.objective.mode), trial.values, trial.reason
        self._known.add(key_of(values))
        state, point = told(reason, best)
        self._remember(values, reason, best, trial.fails)
        params = optuna_values(self._space, values)
        distributions = {name: distribution(self._space.search[name]) for name in values}
        by_epoch = {epoch: reached[0] for epoch, reached in trial.epochs.items()}
        epochs = {} if len(self._space.objectives) > 1 or reason == "diverged" else by_epoch
        fails = {**self._fails(trial.of, reason, max(by_epoch, default=0), best), **trial.fails}
        self._add(trial.of, state, params, distributions, epochs, point, fails=fails)

    def _add(
        self,
        trial: str,
        state: OptunaState,
        params: dict[str, Any],
        distributions: dict[str, BaseDistribution],
        epochs: dict[int, float],
        point: tuple[float, ...] | None = None,
        *,
        fails: dict[str, float],
    ) -> None:
        self._study.add_trial(
            optuna.trial.create_trial(
                state=state,
                values=point,
                params=params,
                distributions=distributions,
                intermediate_values=epochs,
                user_attrs={"trial": trial},
                constraints=fails,
            )
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without two warnings: Optuna calls `group` and QMC experimental, and scipy wants 2, 4, 8, ... Sobol points."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        warnings.filterwarnings("ignore", message="The balance properties of Sobol", category=UserWarning)
        yield
