"""How many trials of how many epochs fit into a time limit. Plain arithmetic; it measures nothing and knows no clock.

Few long trials come before many short ones: a ranking after a handful of epochs is not that of trained networks.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable
from dataclasses import dataclass

from search_spaces.budget import STANDARD, THOROUGH, Budget
from tune_jobs.search.forecast import expected_epochs

_RESERVE = 0.15  # of the time, for more trials that pass a rung than expected, and for slower ones
_PACE = 1.08  # seconds of a configuration to the default's: the mean where they train 0.5 to 2 times as fast
_SHARE_OF_A_TRIAL = 0.3  # of the time, at most, for the default, which is never pruned
_FEWEST_EPOCHS = 5
_AT_LEAST = ((_FEWEST_EPOCHS, 4), (3, 2))  # epochs that are given up to have so many trials
_MOST_TRIALS = 1000  # as far as benchmarks/many_trials.py has seen a sweep go
_IMAGES_SEEN = 20_000  # by a trial at least, each time it sees one; with less, what wins is what learns fast at first
_MOST_OF_FEW_IMAGES = 27  # epochs that a small set may ask for
_TRIAL_SECONDS = 0.5  # of a slot between two trials


def plan_budget(
    seconds_limit: float,
    seconds_of_an_epoch: float,
    slots: int,
    budget: Budget,
    images: int,
    never_pruned: int = 1,
    passes: float = 1.0,
) -> tuple[int, int]:
    """The trials and the epochs of a sweep that is likely to end within a time limit.

    Args:
        seconds_limit: wall-clock seconds that are left once the workers train.
        seconds_of_an_epoch: of the default configuration beside others, its validation included.
        slots: trials at once.
        budget: pruner, reduction factor and grace epochs; its trials and epochs do not count.
        images: for training, as often as an epoch of the default sees them.
        never_pruned: trials that run to their end: the default, and those with a name.
        passes: how many times longer than the default's the longest epochs are (time_estimate.Passes).

    Returns:
        Trials and max_epochs. Where the time is too short for the default's first few epochs, what would come closest.
    """
    usable = max(0.0, seconds_limit * (1 - _RESERVE))
    overhead = _TRIAL_SECONDS / seconds_of_an_epoch
    room = _Room(usable / seconds_of_an_epoch, overhead, slots, budget, never_pruned, longest=max(1.0, passes))
    share = math.floor(_SHARE_OF_A_TRIAL * room.depth)
    least = _least_with_a_rung(budget)
    epochs = max(least, min(STANDARD.max_epochs, max(share, _least_epochs(images))))
    for fewest_epochs, fewest_trials in _AT_LEAST:
        while epochs > max(fewest_epochs, least) and room.trials(epochs) < fewest_trials:
            epochs -= 1
    if room.trials(epochs) > STANDARD.trials:  # epochs and trials grow together
        grown = STANDARD.max_epochs * math.sqrt(room.trials(epochs) / STANDARD.trials)
        epochs = max(epochs, min(THOROUGH.max_epochs, share, round(grown)))
    epochs = max(least, min(_without_a_late_rung(epochs), math.floor(room.depth)))
    return max(slots, room.trials(epochs)), epochs


@dataclass(frozen=True)
class _Room:
    """What the time has room for, in epochs of the default configuration."""

    depth: float  # one after another in a slot
    overhead: float  # of a trial, beside its own epochs
    slots: int
    budget: Budget
    never_pruned: int
    longest: float  # epoch

    def trials(self, epochs: int) -> int:
        """How many trials of so many epochs end in time; 0 where not even one does."""
        if epochs + self.overhead > self.depth:
            return 0
        fitting = bisect.bisect_right(range(1, _MOST_TRIALS + 1), self.slots * self.depth, key=self._cost(epochs))
        return max(self.slots, fitting)  # so many run side by side

    def _cost(self, epochs: int) -> Callable[[int], float]:
        """Epochs that so many trials take, and slots that stand idle while the last one, which may be whole, runs."""

        def of(trials: int) -> float:
            whole = min(trials, self.never_pruned)
            others = _PACE * self.longest * (trials - whole) * expected_epochs(self.budget.sized(trials, epochs))
            last = epochs * self.longest + self.overhead
            return whole * epochs + others + trials * self.overhead + (self.slots - 1) * last

        return of


def _least_epochs(images: int) -> int:
    """A small set gives few steps an epoch, so that its trials need more epochs before they tell anything."""
    return min(_MOST_OF_FEW_IMAGES, max(_FEWEST_EPOCHS, math.ceil(_IMAGES_SEEN / images)))


def _least_with_a_rung(budget: Budget) -> int:
    """The least max_epochs that the budget takes."""
    grace = budget.grace_epochs if "grace_epochs" in budget.model_fields_set else 1
    return grace if budget.reduction_factor is None else grace + 1


def _without_a_late_rung(epochs: int) -> int:
    """Epochs of which a third is whole: 10 would be judged at 2 and at 6, when little is left to save."""
    return epochs - epochs % 3 if epochs > _FEWEST_EPOCHS else epochs
