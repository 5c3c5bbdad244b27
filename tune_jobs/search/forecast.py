"""How many epochs a sweep will train, as a range: its rungs as they behave, corrected by who passed them so far.

A trial that is the n-th to reach a rung is judged among those n, so the first ones pass unjudged; were all equally
good, the n-th would pass with a chance that the pruner's rule gives. They are not: a good default takes one of the few
places from the others, those who reach a later rung have been picked, and a sampler learns. So the chance is reckoned
with and without such a default, and a factor multiplies it. What both are like is known from simulated sweeps
(benchmarks/truth_forecasts.py), and each trial that is judged corrects them: the default by Bayes' rule, the factor as
counts correct a gamma distribution. A forecast draws both, then who passes, many times. Knows no clock.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.analysis.summary import is_never_pruned
from reports.records.state import SweepState, TrialState
from search_spaces.budget import Budget
from tune_jobs.search.median import MIN_OTHERS

_DRAWS = 600
_QUANTILES = (0.03, 0.97)  # which hold the true epochs of 90 % of sweeps and more
_STRONG_DEFAULT = 0.5  # share of sweeps in which the default is among those that pass
_UNPICKED = 0.9  # of those that came to a later rung without having been judged is no match for those that were picked
_DOUBT = 0.05  # no chance is taken to be surer than this when it is learnt from


class Passing(NamedTuple):
    """How many times as many trials pass a rung as the chances say: a gamma distribution."""

    mean: float
    worth: float  # expected passes that would weigh as much as this does


_FIRST = Passing(1.15, 20.0)  # rung
_LATER = {"asha": Passing(1.2, 10.0), "median": Passing(1.68, 30.0)}  # all later ones together, by pruner


class Forecast(NamedTuple):
    """Epochs that all trials together will train; the true number lies between low and high nine times out of ten."""

    low: float
    expected: float
    high: float


@dataclass
class _Seen:
    """What happened at a rung so far."""

    arrived: int = 0  # or sure to
    judged: dict[int, bool] = field(default_factory=dict)  # whether it passed, by the order of arrival from 1


@dataclass
class _Ahead:
    """What is still to come."""

    certain: float = 0.0  # epochs that no pruner can save
    fresh: int = 0  # trials to start that may be pruned
    coming: dict[int, int] = field(default_factory=dict)  # how many running trials will be judged next at which rung
    short: float = 0.0  # share of trials that end by themselves before the last epoch
    short_epochs: float = 0.0  # mean epochs of those


def forecast_sweep(budget: Budget, whole: int = 1) -> Forecast:
    """Of a sweep that has not begun, with so many trials that are never pruned."""
    whole = min(whole, budget.trials)
    seen = {rung: _Seen(arrived=whole) for rung in judged_epochs(budget)}
    return _drawn(budget, seen, _Ahead(certain=whole * budget.max_epochs, fresh=budget.trials - whole))


def forecast_rest(state: SweepState, budget: Budget) -> Forecast:
    """Of what a sweep has still to train."""
    trials = list(state.trials.values())
    seen = {rung: _seen(trials, rung) for rung in judged_epochs(budget)}
    return _drawn(budget, seen, _ahead(trials, budget, state.trials_requested))


def expected_epochs(budget: Budget) -> float:
    """Mean epochs of a trial that may be pruned, the default having come first."""
    others = max(1, budget.trials - 1)
    total, passing, reached = 0.0, float(others), 0
    for number, rung in enumerate([*judged_epochs(budget), budget.max_epochs]):
        total += passing * (rung - reached)
        with_strong, without = (
            _chances(budget, round(passing) + 1, first=not number, strong_default=strong)[1:]
            for strong in (True, False)
        )
        chances = _STRONG_DEFAULT * with_strong + (1 - _STRONG_DEFAULT) * without
        passing = min(passing, float(np.minimum(1.0, _usual(budget, number).mean * chances).sum()))
        reached = rung
    return total / others


def sure_epochs(trial: TrialState, budget: Budget) -> int:
    """Epochs that a running trial will train whatever it reaches: to its next rung, or to its end behind the last."""
    done, last = max(trial.epochs, default=0), int(trial.config.get("epochs", budget.max_epochs))
    rungs = [] if is_never_pruned(trial) else judged_epochs(budget)
    return max(0, min((rung for rung in rungs if rung > done), default=last) - done)


def judged_epochs(budget: Budget) -> list[int]:
    """Epochs at which trials may be cut: the rungs, or with the median rule all of them from the grace epochs on."""
    if budget.pruner == "median" and budget.reduction_factor is not None:
        return list(range(budget.grace_epochs, budget.max_epochs))
    return budget.rungs()


def _usual(budget: Budget, number: int) -> Passing:
    return _LATER[budget.pruner] if number else _FIRST


def _chances(budget: Budget, arrivals: int, *, first: bool, strong_default: bool) -> NDArray[np.float64]:
    """That the first, second, ... trial to reach a rung passes it (asha.py, median.py): as if all were equally good,
    but for a strong default, and for those at a later rung that passed unjudged before: most of them count as beaten.
    """
    order = np.arange(1, arrivals + 1)
    if budget.pruner == "median":
        return np.where(order <= MIN_OTHERS, 1.0, 0.5)
    factor = budget.reduction_factor or 1
    places = np.maximum(1, order // factor) - strong_default
    rivals = order - strong_default - (0 if first else _UNPICKED * (factor - 1))
    return np.where(order < factor, 1.0, np.clip(places / np.maximum(1.0, rivals), 0.0, 1.0))


def _seen(trials: Sequence[TrialState], rung: int) -> _Seen:
    """Who reached a rung, and who of those that may be pruned passed it."""
    came = sorted((trial for trial in trials if rung in trial.epochs), key=lambda trial: trial.epochs[rung].time)
    judged = {
        order: not (trial.cut and trial.cut.rung == rung)
        for order, trial in enumerate(came, start=1)
        if not is_never_pruned(trial)
    }
    yardsticks = sum(is_never_pruned(trial) and not trial.finished and rung not in trial.epochs for trial in trials)
    return _Seen(len(came) + yardsticks, judged)  # those take their places too, as the first ones did


def _ahead(trials: Sequence[TrialState], budget: Budget, requested: int) -> _Ahead:
    ahead = _Ahead(fresh=max(0, requested - len(trials)))
    rungs = judged_epochs(budget)
    for trial in trials:
        if trial.finished:
            continue
        ahead.certain += sure_epochs(trial, budget)
        next_rung = max(trial.epochs, default=0) + sure_epochs(trial, budget)
        if next_rung in rungs and not is_never_pruned(trial):
            ahead.coming[next_rung] = ahead.coming.get(next_rung, 0) + 1
    others = [trial for trial in trials if trial.finished and not is_never_pruned(trial)]
    short = [trial for trial in others if trial.reason not in ("pruned", "completed")]
    if short:
        ahead.short = len(short) / len(others)
        ahead.short_epochs = sum(len(trial.epochs) for trial in short) / len(short)
    return ahead


def _drawn(budget: Budget, seen: dict[int, _Seen], ahead: _Ahead) -> Forecast:
    """The range of many draws; the same question has the same answer."""
    rng = np.random.default_rng(0)
    strong = round(_DRAWS * _strong_default(budget, seen))
    epochs = np.concatenate(
        [
            _epochs(rng, budget, seen, ahead, draws, strong_default=strong_default)
            for draws, strong_default in ((strong, True), (_DRAWS - strong, False))
        ]
    )
    low, high = np.quantile(epochs, _QUANTILES)
    return Forecast(float(low), float(epochs.mean()), float(high))


def _strong_default(budget: Budget, seen: dict[int, _Seen]) -> float:
    """How likely it is that the default takes a place, after who passed (Bayes' rule)."""
    odds = math.log(_STRONG_DEFAULT / (1 - _STRONG_DEFAULT))
    for number, one in enumerate(seen.values()):
        with_strong, without = (
            np.clip(_chances(budget, one.arrived, first=not number, strong_default=strong), _DOUBT, 1 - _DOUBT)
            for strong in (True, False)
        )
        for order, passed in one.judged.items():
            first, second = with_strong[order - 1], without[order - 1]
            odds += math.log(first / second) if passed else math.log((1 - first) / (1 - second))
    return 1 / (1 + math.exp(-odds))


def _epochs(
    rng: np.random.Generator,
    budget: Budget,
    seen: dict[int, _Seen],
    ahead: _Ahead,
    draws: int,
    *,
    strong_default: bool,
) -> NDArray[np.float64]:
    """Epochs of all trials that are to come, draw by draw."""
    chances = [
        _chances(
            budget,
            one.arrived + ahead.fresh + sum(ahead.coming.values()),
            first=not number,
            strong_default=strong_default,
        )
        for number, one in enumerate(seen.values())
    ]
    short = rng.binomial(ahead.fresh, ahead.short, draws)
    epochs = ahead.certain + short * ahead.short_epochs
    going, reached = ahead.fresh - short, 0
    observed = list(zip(chances, seen.values(), strict=True))
    factors = [
        _factor(rng, _usual(budget, place), part, draws) for place, part in enumerate((observed[:1], observed[1:]))
    ]
    for number, (rung, one) in enumerate(seen.items()):
        epochs = epochs + going * (rung - reached)
        arriving = going + ahead.coming.get(rung, 0)
        going = _passing(rng, chances[number][one.arrived :], factors[min(number, 1)], arriving)
        reached = rung
    return np.asarray(epochs + going * (budget.max_epochs - reached), dtype=np.float64)


def _factor(
    rng: np.random.Generator, usual: Passing, rungs: Sequence[tuple[NDArray[np.float64], _Seen]], draws: int
) -> NDArray[np.float64]:
    """What multiplies the chances, draw by draw, after who passed at these rungs; who came unjudged tells nothing."""
    passed = expected = 0.0
    for chances, one in rungs:
        for order, did in one.judged.items():
            if chances[order - 1] < 1:
                passed, expected = passed + did, expected + chances[order - 1]
    return rng.gamma(usual.mean * usual.worth + passed, 1 / (usual.worth + expected), draws)


def _passing(
    rng: np.random.Generator,
    chances: NDArray[np.float64],
    factor: NDArray[np.float64],
    arriving: NDArray[np.int64],
) -> NDArray[np.int64]:
    """How many of those that arrive pass, draw by draw; the first ones are not judged."""
    chances = chances[: int(arriving.max(initial=0))]
    passes = (rng.random((len(factor), len(chances))) < factor[:, None] * chances) | (chances == 1)
    so_far = np.cumsum(np.pad(passes, ((0, 0), (1, 0))), axis=1)
    return so_far[np.arange(len(factor)), arriving]
