"""How long a sweep will still take: the epochs that its pruner is expected to leave, corrected by what was seen."""

from __future__ import annotations

from reports.analysis.summary import is_never_pruned
from reports.records.state import SweepState, TrialState
from search_spaces.budget import Budget
from tune_jobs.search.median import MIN_OTHERS

_TO_SPARE = 1.15  # configurations differ in how fast they train
_ENOUGH_FINISHED = 5  # after so many trials, their own length says more than the rungs do


def expected_epochs(budget: Budget) -> float:
    """Mean epochs of a trial, the default aside, where the trials of a sweep are equally good and come one by one.

    The first ones pass a rung unjudged, so that in a sweep of few trials more of them run to their end.
    """
    others = max(1, budget.trials - 1)
    total, passing, reached = 0.0, float(others), 0
    for rung in [*_rungs(budget), budget.max_epochs]:
        total += passing * (rung - reached)
        passing, reached = _passing(budget, passing), rung
    return total / others


def seconds_left(state: SweepState, budget: Budget, slots: int) -> float | None:
    """Wall-clock seconds until the last trial ends, or None before the first epoch has."""
    trials = list(state.trials.values())
    epochs = [event for trial in trials for event in list(trial.epochs.values()) if event.seconds]
    if not epochs:
        return None
    seconds_per_epoch = sum(sum(event.seconds.values()) for event in epochs) / len(epochs)
    finished = [len(trial.epochs) for trial in state.finished if not is_never_pruned(trial)]
    usual = sum(finished) / len(finished) if len(finished) >= _ENOUGH_FINISHED else expected_epochs(budget)
    running = [trial for trial in trials if not trial.finished]
    not_started = max(0, state.trials_requested - len(trials))
    epochs_left = not_started * usual + sum(_epochs_left(trial, budget, usual) for trial in running)
    return seconds_per_epoch * epochs_left / slots


def seconds_of_a_trial(state: SweepState, budget: Budget) -> float:
    """Of one that runs to its end, by the epochs so far, with something to spare; 0 before the first has ended."""
    epochs = [event for trial in list(state.trials.values()) for event in list(trial.epochs.values()) if event.seconds]
    if not epochs:
        return 0.0
    return _TO_SPARE * budget.max_epochs * sum(sum(event.seconds.values()) for event in epochs) / len(epochs)


def _epochs_left(trial: TrialState, budget: Budget, usual: float) -> float:
    """Of a running trial: a yardstick runs to its end; another one, past the usual length, to its next rung."""
    done = max(trial.epochs, default=0)
    if is_never_pruned(trial):
        return budget.max_epochs - done
    next_rung = min((rung for rung in [*_rungs(budget), budget.max_epochs] if rung > done), default=done)
    return max(usual - done, next_rung - done)


def _rungs(budget: Budget) -> list[int]:
    """Where trials are expected to be cut. The median rule goes on judging behind its first epoch, but how many it cuts
    there depends on how curves cross, so that none is counted on."""
    return budget.rungs()[:1] if budget.pruner == "median" else budget.rungs()


def _passing(budget: Budget, others: float) -> float:
    """How many of so many trials pass a rung which the default has passed before them."""
    return sum(_chance(budget, arrival) for arrival in range(2, round(others) + 2))


def _chance(budget: Budget, arrival: int) -> float:
    """That the trial which is the so-manieth to reach a rung passes it, were all equally good (asha.py, median.py)."""
    if budget.pruner == "median":
        return 1.0 if arrival <= MIN_OTHERS else 0.5
    factor = budget.reduction_factor or 1
    return 1.0 if arrival < factor else max(1, arrival // factor) / arrival
