"""The runs of a confirmation: which candidates there are, which one runs next, and when it is enough.

Runs go where they decide: top-two Thompson sampling (Russo 2016, "Simple Bayesian algorithms for best arm
identification") repeats the leader or its likeliest rival, each half of the time. Runs none of them itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reports.analysis.confirmation import FEWEST_RUNS, FIRST_RUNS, REFERENCE_RUNS, Verdicts, judge, value_of
from reports.analysis.multiple_comparisons import draws_of_means
from reports.analysis.repeats import ablations_of, repeated_values, rivals, without_seed
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.record import Reason
from reports.records.spec import Confirmation, FixedTrial, SweepSpec
from reports.records.state import TrialState
from tune_jobs.search.ablation_trials import SEEDS
from tune_jobs.search.wait import WAIT, Wait

_BEYOND = 1000  # seeds that an ablation does not reach, lest its runs be those by which the winner was chosen


def candidates_of(folder: SweepFolder, spec: SweepSpec, *, top: int, seeds: int, indifference: float) -> Confirmation:
    """The question of a confirmation: the best trials that cannot be told from the best, the runner-up in any case.

    Args:
        folder: of the sweep.
        spec: of the sweep.
        top: how many candidates at most.
        seeds: how many runs there are to be for each of so many, all together; who needs more gets more.
        indifference: a difference of the objective that nobody would care about.

    Raises:
        SweepError: the sweep has no result yet.
    """
    state, objective = folder.state(), spec.space.objective
    ranked = _different(state.ranked(objective.metric, objective.mode))
    if not ranked:
        raise SweepError(f"{folder.name} has no result yet; nothing to confirm")
    # Not by the runs of a confirmation: one that was cut off would then ask another question than it did.
    near = rivals(state, objective, repeated_values(folder, objective, state, ablations_of(folder)))
    known = near is not None and near.known_from == "repeats"  # curves say too little of how much a seed changes
    close = {trial.trial for trial in (near.trials if near and known else ranked)}
    chosen = [trial for place, trial in enumerate(ranked) if place < 2 or trial.trial in close][:top]
    default = state.default
    configs = {without_seed(trial.config) for trial in chosen}
    return Confirmation(
        of=folder.name,
        candidates=tuple(_arm(trial) for trial in chosen),
        reference=_arm(default) if default is not None and without_seed(default.config) not in configs else None,
        runs=top * seeds,
        indifference=indifference,
    )


def _different(ranked: Sequence[TrialState]) -> list[TrialState]:
    """Each configuration once, by its best trial."""
    return list({without_seed(trial.config): trial for trial in reversed(ranked)}.values())[::-1]


def _arm(trial: TrialState) -> FixedTrial:
    return FixedTrial(label=trial.trial, config=trial.config)


class ConfirmationTrials:
    """Gives out the runs, and hears what each reached."""

    def __init__(self, spec: SweepSpec, earlier: Sequence[TrialState]) -> None:
        assert spec.confirmation is not None
        self._question, self._seed, self._mode = spec.confirmation, spec.seed, spec.space.objective.mode
        self._arms = {arm.label: arm.config for arm in self._question.arms}
        self._names = {without_seed(config): name for name, config in self._arms.items()}
        self._values: dict[str, list[float | None]] = {name: [] for name in self._arms}
        self._begun = dict.fromkeys(self._arms, 0)
        self._running: dict[str, str] = {}
        for trial in earlier:
            self._begin(trial.trial, trial.config)
            if trial.finished:
                self._values[self._running.pop(trial.trial)].append(value_of(trial, spec.space.objective))

    def ask(self, trial: str) -> dict[str, Any] | Wait | None:
        """The configuration of the next run, with a seed that neither the sweep nor this arm has used; None once it is
        decided, and no run is left that could change that."""
        name = self._next(trial)
        if name is None:
            return WAIT if self._running else None
        seed = (self._seed + _BEYOND + self._begun[name] + 1) % SEEDS
        config = {**self._arms[name], "seed": seed}
        self._begin(trial, config)
        return config

    def take_up(self, trial: TrialState) -> None:
        """It was counted when this began."""

    def report(self, trial: str, epoch: int, value: float) -> None:
        """A run is judged by its best epoch, when it has ended."""

    def tell(self, trial: str, reason: Reason, best: tuple[float, ...] | None, fails: Mapping[str, float]) -> None:
        name = self._running.pop(trial, None)
        if name is not None:
            self._values[name].append(None if reason == "failed" or best is None else best[0])

    def _begin(self, trial: str, config: dict[str, Any]) -> None:
        name = self._names[without_seed(config)]
        self._begun[name] += 1
        self._running[trial] = name

    def _next(self, trial: str) -> str | None:
        sound = [arm.label for arm in self._question.candidates if None not in self._values[arm.label]]
        if not sound:
            return None
        for least in range(FIRST_RUNS):  # all of them once before one runs twice
            for name in sound:
                if self._begun[name] == least:
                    return name
        reference = self._question.reference
        if reference and self._begun[reference.label] < REFERENCE_RUNS:
            return reference.label
        if len(sound) == 1 and self._begun[sound[0]] < FEWEST_RUNS:
            return sound[0]
        found = judge(self._values, self._question, self._mode)
        if found is None:  # the first ones have not ended; a free slot repeats the one that looked best
            return min(sound, key=lambda name: self._begun[name])
        return None if found.decided else self._of_top_two(found, int(trial))

    def _of_top_two(self, found: Verdicts, number: int) -> str:
        """Reproducible: what is drawn follows from the sweep's seed and the number of the run."""
        rng = np.random.default_rng([self._seed, number])
        rows = [row for row in found.rows if not row.failed]
        sign = 1 if self._mode == "max" else -1
        means = [sign * row.mean for row in rows if row.mean is not None]
        begun = [self._begun[row.trial] for row in rows]  # those that still run count as if they had told
        best = draws_of_means(means, begun, found.spread, rng).argmax(axis=1)
        leader = int(best[0])
        others = best[best != leader]
        second = int(others[0]) if len(others) else leader
        return rows[leader if rng.random() < 0.5 else second].trial
