"""How long a sweep will still take on the clock, as a range: its epochs by forecast.py, at the measured pace."""

from __future__ import annotations

from typing import NamedTuple

from reports.records.state import SweepState, TrialState
from search_spaces.budget import Budget
from search_spaces.schema import SearchSpace
from tune_jobs.search.forecast import Forecast, forecast_rest, sure_epochs

_SLOWER, _FASTER = 1.25, 0.9  # seconds of the other configurations' epochs, to the default's that was measured
_COPIES = "augmentation_copies"
_TO_SPARE = 1.15  # configurations differ in how fast they train


class TimeRange(NamedTuple):
    """Wall-clock seconds until the last trial ends, without a time limit."""

    low: float
    high: float


class Passes(NamedTuple):
    """How many times longer than the default's the epochs of a sweep's configurations train: the fewest passes over the
    images, a choice at random, the most."""

    least: float
    mean: float
    most: float


AS_THE_DEFAULT = Passes(1.0, 1.0, 1.0)


def passes_of(space: SearchSpace) -> Passes:
    """What the space says of `augmentation_copies`, the knob that multiplies the training of an epoch."""
    kind = space.search.get(_COPIES)
    if kind is None:
        return AS_THE_DEFAULT
    values = [*(kind.values() or kind.ends()[:2]), *([1] if kind.when else [])]  # 1 where it is not in effect
    of_default = space.trial_config(space.default(), seed=0).augmentation_copies
    return Passes(min(values) / of_default, sum(values) / len(values) / of_default, max(values) / of_default)


def seconds_of_sweep(
    epochs: Forecast, seconds_of_an_epoch: float, slots: int, max_epochs: int, passes: Passes = AS_THE_DEFAULT
) -> TimeRange:
    """Of a sweep that has not begun, from an epoch of the default that was measured beside others in their slots. A
    sampler may settle on the fewest passes or on the most."""
    one_trial = max_epochs * seconds_of_an_epoch
    return TimeRange(
        max(one_trial, _FASTER * epochs.low * seconds_of_an_epoch * passes.least / slots),
        (_SLOWER * epochs.high * seconds_of_an_epoch / slots + _alone(slots) * one_trial) * max(1.0, passes.most),
    )


def seconds_left(state: SweepState, budget: Budget, slots: int) -> TimeRange | None:
    """Of a sweep that runs; None before the first epoch has ended."""
    pace = _pace(state, slots)
    if pace is None:
        return None
    seconds_of_an_epoch, at_once = pace
    running = [trial for trial in list(state.trials.values()) if not trial.finished]
    ends = [_epochs_to_its_end(trial, budget) for trial in running]
    sure = max((sure_epochs(trial, budget) for trial in running), default=0)
    epochs = forecast_rest(state, budget)
    low = max(sure, epochs.low / at_once)
    high = epochs.high / at_once + _alone(at_once) * budget.max_epochs
    if len(state.trials) >= state.trials_requested:
        high = min(high, max(ends, default=0))
    return TimeRange(seconds_of_an_epoch * min(low, high), seconds_of_an_epoch * high)


def until_limit(state: SweepState, now: float) -> float | None:
    """Seconds until the time limit of the driver that runs the sweep; None where it has none."""
    if not state.starts or state.starts[-1].time_limit is None:
        return None
    return max(0.0, state.starts[-1].time + state.starts[-1].time_limit - now)


def _alone(at_once: float) -> float:
    """The share of a last trial's length in which the other slots may have nothing left to do."""
    return (at_once - 1) / at_once


def _pace(state: SweepState, slots: int) -> tuple[float, float] | None:
    """Seconds of an epoch, and how many were trained at once since this driver's first trial began.

    That is fewer than there are slots where workers wait: for their process, for the driver, for a machine's memory.
    """
    began = state.starts[-1].time if state.starts else 0.0
    epochs = [one for trial in list(state.trials.values()) for one in list(trial.epochs.values()) if one.seconds]
    if not epochs:
        return None
    lasted = [sum(one.seconds.values()) for one in epochs]
    mean = sum(lasted) / len(lasted)
    now = state.last_time or began
    busy, first = 0.0, now
    for one, seconds in zip(epochs, lasted, strict=True):
        if one.time >= began:
            busy, first = busy + seconds, min(first, one.time - seconds)
    for trial in list(state.trials.values()):
        if not trial.finished and trial.reason is None:
            since = max([began, trial.started or began, *(one.time for one in list(trial.epochs.values()))])
            busy, first = busy + max(0.0, now - since), min(first, since)
    at_once = busy / (now - first) if now > first else slots
    return mean, min(float(slots), max(1.0, at_once))


def seconds_of_a_trial(state: SweepState, budget: Budget) -> float:
    """Of one that runs to its end, by the epochs so far, with something to spare; 0 before the first has ended."""
    trials = list(state.trials.values())
    passes = {trial.trial: int(trial.config.get(_COPIES, 1)) for trial in trials}
    epochs = [event for trial in trials for event in list(trial.epochs.values()) if event.seconds]
    if not epochs:
        return 0.0
    of_a_pass = sum(sum(event.seconds.values()) for event in epochs) / sum(passes[event.trial] for event in epochs)
    return _TO_SPARE * budget.max_epochs * of_a_pass * max(passes.values())


def _epochs_to_its_end(trial: TrialState, budget: Budget) -> int:
    return max(0, int(trial.config.get("epochs", budget.max_epochs)) - max(trial.epochs, default=0))
