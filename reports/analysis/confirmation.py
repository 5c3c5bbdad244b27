"""What a confirmation has found: the mean of each candidate over fresh seeds, how likely it is the best, its rivals.

Pure; `tune_jobs` asks it after each run whether another one is needed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cnnmodels.metric_table import Mode
from reports.analysis.distributions import student_quantile
from reports.analysis.multiple_comparisons import Spread, chances, draws_of_means, not_worse, pooled_spread
from reports.analysis.repeats import without_seed
from reports.analysis.significance import Difference, Verdict
from reports.records.spec import Confirmation, SweepSpec
from reports.records.state import SweepState, TrialState
from search_spaces.schema import Objective

# That the leader is the best, or within the indifference of it: then it is decided. It is asked after every run, so
# that chance may lift it once; by 0.97 the leader is right in 95 of 100 cases (benchmarks/truth_confirm.py).
PROBABILITY = 0.97
FEWEST_RUNS = 3  # of a leader; a spread known by less is too often far too small
FIRST_RUNS = 2  # of every candidate, before it is decided which to repeat
REFERENCE_RUNS = 3  # of the default where it is no candidate


@dataclass(frozen=True)
class CandidateRow:
    """One configuration."""

    trial: str  # of the sweep that is confirmed
    values: list[float]  # of the objective at each run's best epoch
    mean: float | None  # None without a value
    half_width: float  # of the mean's interval, with the pooled spread; those of all candidates hold at once in 95 %
    probability: float  # that it is the best of the candidates, or within the indifference of the best
    failed: int  # runs without a value; a candidate that has one is none any more


@dataclass(frozen=True)
class Verdicts:
    """All of them, the best mean first."""

    rows: list[CandidateRow]
    reference: CandidateRow | None  # the default configuration, where it is no candidate
    spread: Spread
    indifference: float
    mode: Mode

    @property
    def winner(self) -> CandidateRow:
        return self.rows[0]

    @property
    def decided(self) -> bool:
        """Whether the winner is the best, or within the indifference of it, as surely as is asked for."""
        return self.winner.probability >= PROBABILITY and len(self.winner.values) >= FEWEST_RUNS

    @property
    def runs(self) -> int:
        return sum(len(row.values) + row.failed for row in [*self.rows, *([self.reference] if self.reference else [])])

    @cached_property
    def tied(self) -> list[CandidateRow]:
        """The others that cannot be told from the best."""
        sound = [row for row in self.rows if row.mean is not None and not row.failed]
        sign = 1 if self.mode == "max" else -1
        near = not_worse([sign * (row.mean or 0.0) for row in sound], [len(row.values) for row in sound], self.spread)
        return [row for row, is_near in zip(sound[1:], near[1:], strict=True) if is_near]

    def against(self, other: CandidateRow) -> Difference | None:
        """The winner's mean less another's, with Student's interval from the pooled spread: it holds in 95 %, whichever
        candidate has won."""
        ours = self.winner
        if ours.mean is None or other.mean is None:
            return None
        mean = ours.mean - other.mean
        variance = 1 / len(ours.values) + 1 / len(other.values)
        half = _half_width(self.spread, variance, len(self.rows))
        low, high = mean - half, mean + half
        verdict: Verdict = "cannot tell"
        if low > 0 or high < 0:
            verdict = "better" if (mean > 0) == (self.mode == "max") else "worse"
        return Difference(mean, low, high, min(len(ours.values), len(other.values)), verdict)


def runs_of(state: SweepState, confirmation: Confirmation) -> dict[str, list[TrialState]]:
    """The ended runs of each candidate and of the default, in their order, by the name of its trial in the sweep."""
    names = {without_seed(arm.config): arm.label for arm in confirmation.arms}
    found: dict[str, list[TrialState]] = {arm.label: [] for arm in confirmation.arms}
    for trial in state.finished:
        found[names[without_seed(trial.config)]].append(trial)
    return found


def value_of(run: TrialState, objective: Objective) -> float | None:
    """The objective at a run's best epoch; None where it failed, or has no value."""
    best = None if run.reason == "failed" else run.best(objective.metric, objective.mode)
    return None if best is None else best[1]


def verdicts(state: SweepState, spec: SweepSpec) -> Verdicts | None:
    """What a confirmation's record says so far; None while a candidate was not repeated yet, or where none can be.

    Args:
        state: of the confirmation.
        spec: its own, which says what it confirms.
    """
    assert spec.confirmation is not None
    objective = spec.space.objective
    runs = runs_of(state, spec.confirmation)
    values = {name: [value_of(run, objective) for run in of] for name, of in runs.items()}
    return judge(values, spec.confirmation, objective.mode)


def judge(values: Mapping[str, Sequence[float | None]], confirmation: Confirmation, mode: Mode) -> Verdicts | None:
    """The same from the values of each candidate; None while there are fewer than two of one of them.

    A candidate of which a run failed is out: a recipe that trains by luck is none.
    """
    names = [arm.label for arm in confirmation.candidates]
    good = {name: [value for value in found if value is not None] for name, found in values.items()}
    sound = [name for name in names if len(good[name]) == len(values[name])]
    spread = pooled_spread(list(good.values()))
    if not sound or spread is None or any(len(good[name]) < FIRST_RUNS for name in sound):
        return None
    sign = 1 if mode == "max" else -1
    means, runs = [sign * float(np.mean(good[name])) for name in sound], [len(good[name]) for name in sound]
    drawn = draws_of_means(means, runs, spread, np.random.default_rng(0))
    likely = chances(drawn, confirmation.indifference)
    place = {name: number for number, name in enumerate(sound)}

    def row(name: str) -> CandidateRow:
        of, at = good[name], place.get(name)
        return CandidateRow(
            trial=name,
            values=of,
            mean=float(np.mean(of)) if of else None,
            half_width=_half_width(spread, 1 / len(of), len(names)) if of else math.inf,
            probability=0.0 if at is None else float(likely[at]),
            failed=len(values[name]) - len(of),
        )

    ordered = sorted(sound, key=lambda name: -means[place[name]]) + [name for name in names if name not in place]
    reference = confirmation.reference
    return Verdicts(
        [row(name) for name in ordered],
        row(reference.label) if reference else None,
        spread,
        confirmation.indifference,
        mode,
    )


def _half_width(spread: Spread, variance: float, candidates: int) -> float:
    """Half of Student's interval for a variance in squares of one run's spread, at Bonferroni's level for so many
    candidates: the winner is the one that looked best of them, so a single one's level would hold too rarely."""
    return student_quantile(1 - 0.025 / candidates, spread.freedom) * spread.value * math.sqrt(variance)
