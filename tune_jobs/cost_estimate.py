"""`tune plan`: what a sweep would cost, from the room there is, one measured epoch, and the pruner's arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

from cnnmodels.data import ImageData
from search_spaces.schema import SearchSpace
from tune_jobs.measured_epoch import MeasuredEpoch, at_once
from tune_jobs.resources.gpu_share import largest
from tune_jobs.resources.slots import Slots
from tune_jobs.search.checkpoint_retention import KEPT_CHECKPOINTS
from tune_jobs.search.forecast import Forecast, forecast_sweep
from tune_jobs.search.time_estimate import AS_THE_DEFAULT, Passes, TimeRange, passes_of, seconds_of_sweep

_BYTES_A_NUMBER = 4
_COPIES = 3  # weights, and two moments of Adam
_FILES_OF_A_TRIAL = 3  # last, previous, best


@dataclass(frozen=True)
class CostEstimate:
    """What would run, and what it would take."""

    slots: Slots
    rungs: list[int]  # epochs
    pruning: str  # when trials are pruned, in words
    trials: int
    max_epochs: int  # of a trial
    epochs: Forecast  # with pruning
    epochs_unpruned: int
    seconds_of_an_epoch: float  # of the default configuration beside others, measured
    parameters: int  # of the largest network
    disk_bytes: int
    time_limit: float | None = None  # seconds
    measured_at_once: int = 1  # epochs beside each other
    passes: Passes = AS_THE_DEFAULT  # of other configurations than the default

    @property
    def seconds(self) -> float:
        """On the clock, with pruning."""
        return self.epochs.expected * self.seconds_of_an_epoch * self.passes.mean / self.slots.count

    @property
    def seconds_range(self) -> TimeRange:
        """The same from low to high; the time limit, if there is one, may end the sweep before."""
        return seconds_of_sweep(self.epochs, self.seconds_of_an_epoch, self.slots.count, self.max_epochs, self.passes)

    @property
    def seconds_unpruned(self) -> float:
        return self.epochs_unpruned * self.seconds_of_an_epoch * self.passes.mean / self.slots.count

    @property
    def gpu_hours(self) -> float:
        return self.epochs.expected * self.seconds_of_an_epoch * self.passes.mean * self.slots.gpus / 3600


def estimate_cost(space: SearchSpace, data: ImageData, measured: MeasuredEpoch) -> CostEstimate:
    """What a sweep would take, reckoned from one measured epoch."""
    parameters, budget = parameters_of_largest(space, data), space.budget
    return CostEstimate(
        slots=measured.slots,
        rungs=budget.rungs(),
        pruning=budget.pruning_in_words(),
        trials=budget.trials,
        max_epochs=budget.max_epochs,
        epochs=forecast_sweep(budget, len(space.first_trials())),
        epochs_unpruned=budget.trials * budget.max_epochs,
        seconds_of_an_epoch=measured.seconds,
        parameters=parameters,
        disk_bytes=disk_bytes(parameters, measured.slots.count),
        time_limit=budget.time_limit,
        measured_at_once=at_once(measured.slots),
        passes=passes_of(space),
    )


def parameters_of_largest(space: SearchSpace, data: ImageData) -> int:
    """Numbers in the largest network of the space."""
    from cnnmodels.config import parse
    from cnnmodels.networks import parameters_of

    return parameters_of(parse({**largest(space)}), max(3, len(data.classes)))


def disk_bytes(parameters: int, slots: int) -> int:
    """What checkpoints take at most: those of running trials, and those of the best that are kept."""
    one = parameters * _BYTES_A_NUMBER * _COPIES
    return one * (_FILES_OF_A_TRIAL * slots + KEPT_CHECKPOINTS)
