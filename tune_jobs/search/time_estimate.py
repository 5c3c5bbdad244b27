"""How long a sweep will still take: the epochs that ASHA expects, corrected by what was seen."""

from __future__ import annotations

from reports.analysis.summary import DEFAULT_TRIAL
from reports.records.state import SweepState, TrialState
from search_spaces.budget import Budget

_ENOUGH_FINISHED = 5  # after so many trials, their own length says more than the rungs do


def expected_epochs(budget: Budget) -> float:
    """Mean epochs of a trial when one in `reduction_factor` passes each rung."""
    factor = budget.reduction_factor or 1
    total, passing, reached = 0.0, 1.0, 0
    for rung in [*budget.rungs(), budget.max_epochs]:
        total += passing * (rung - reached)
        passing, reached = passing / factor, rung
    return total


def seconds_left(state: SweepState, budget: Budget, slots: int) -> float | None:
    """Wall-clock seconds until the last trial ends, or None before the first epoch has."""
    trials = list(state.trials.values())
    epochs = [event for trial in trials for event in list(trial.epochs.values()) if event.seconds]
    if not epochs:
        return None
    seconds_per_epoch = sum(sum(event.seconds.values()) for event in epochs) / len(epochs)
    finished = [len(trial.epochs) for trial in state.finished if trial.trial != DEFAULT_TRIAL]
    usual = sum(finished) / len(finished) if len(finished) >= _ENOUGH_FINISHED else expected_epochs(budget)
    running = [trial for trial in trials if not trial.finished]
    not_started = max(0, state.trials_requested - len(trials))
    epochs_left = not_started * usual + sum(_epochs_left(trial, budget, usual) for trial in running)
    return seconds_per_epoch * epochs_left / slots


def _epochs_left(trial: TrialState, budget: Budget, usual: float) -> float:
    """Of a running trial: the default runs to its end; another one, past the usual length, to its next rung."""
    done = max(trial.epochs, default=0)
    if trial.trial == DEFAULT_TRIAL:
        return budget.max_epochs - done
    next_rung = min((rung for rung in [*budget.rungs(), budget.max_epochs] if rung > done), default=done)
    return max(usual - done, next_rung - done)
