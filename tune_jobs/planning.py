"""Before a sweep: what it would cost, and of which size it is to be where only a time limit was given.

Knows no terminal: what is to be said goes to a `Progress`.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cnnmodels.data import ImageData
from search_spaces.budget import SIZE_KEYS
from search_spaces.loading import chosen_of_budget, load
from search_spaces.schema import SearchSpace
from tune_jobs.backbones import with_backbone
from tune_jobs.cluster.cluster import Cluster, connect
from tune_jobs.formatting import duration
from tune_jobs.launch_options import LaunchOptions
from tune_jobs.launch_target import LaunchTarget
from tune_jobs.prepare import (
    load_data,
    refuse_large_batches,
    refuse_unfit_code,
    refuse_unmeasured_objective,
    warn_of_defaults,
    with_image_size,
)
from tune_jobs.progress import Progress
from tune_jobs.resources.slots import workers_ahead
from tune_jobs.search.budget_plan import plan_budget
from tune_jobs.search.time_estimate import passes_of

_TRIALS_PER_NAMED = 8  # a short sweep has better use for its time than a yardstick that is never pruned
_OTHERS_SHARE = 0.25  # of the processors, taken by other programs; our own driver takes less

if TYPE_CHECKING:
    from tune_jobs.cost_estimate import CostEstimate
    from tune_jobs.measured_epoch import MeasuredEpoch


def plan(options: LaunchOptions, progress: Progress) -> CostEstimate:
    """What a sweep would cost; one epoch is measured, nothing is kept.

    Raises:
        UserError: it could not be run.
    """
    space = load(str(options.space), options.all_overrides())
    target = LaunchTarget.of(options.storage, options.address)
    space, _ = with_backbone(space, target.storage)
    space = with_image_size(space, target.address, progress)
    data = load_data(space, target.cache, progress)
    warn_of_defaults(space, progress)
    refuse_large_batches(space, data)
    refuse_unmeasured_objective(space, data)
    refuse_unfit_code(space, data)
    began = time.monotonic()
    with contextlib.ExitStack() as held:
        measured, _ = _measured(space, data, target, progress, held)
    if limit := limit_to_plan_for(options, space):
        left = max(0.0, limit - (time.monotonic() - began))
        space = planned(options, space, len(data.train), measured, left, progress)
    from tune_jobs.cost_estimate import estimate_cost

    return estimate_cost(space, data, measured)


@dataclass(frozen=True)
class Fitted:
    """A sweep of a size that its time limit has room for, where a person chose none."""

    space: SearchSpace
    seconds_left: float | None  # for the sweep; None without a limit
    cluster: Cluster | None = None  # on which an epoch was measured


def fitted_to_time_limit(
    options: LaunchOptions,
    space: SearchSpace,
    data: ImageData,
    target: LaunchTarget,
    progress: Progress,
    held: contextlib.ExitStack,
) -> Fitted:
    """Choose as many trials and epochs as a time limit has room for, where a person chose no number of them.

    Args:
        options: what was asked for.
        space: the space, with an image size.
        data: its images.
        target: where it is to run.
        progress: hears of the plan.
        held: holds the cluster from then on, so that the sweep need not start another one.

    Raises:
        SweepError: no node has room for a trial, or the cluster does not answer.
    """
    limit = limit_to_plan_for(options, space)
    if limit is None:
        return Fitted(space, space.budget.time_limit)
    began = time.monotonic()
    measured, cluster = _measured(space, data, target, progress, held)
    left = max(0.0, limit - (time.monotonic() - began))
    return Fitted(planned(options, space, len(data.train), measured, left, progress), left, cluster)


def limit_to_plan_for(options: LaunchOptions, space: SearchSpace) -> float | None:
    """Seconds of a time limit that has to decide the size of the sweep; None where there is no limit, or a person gave
    a preset, trials or epochs."""
    chosen = chosen_of_budget(str(options.space), options.all_overrides())
    return None if chosen & SIZE_KEYS else space.budget.time_limit


def planned(
    options: LaunchOptions, space: SearchSpace, images: int, measured: MeasuredEpoch, left: float, progress: Progress
) -> SearchSpace:
    """The space with the budget that fits into the seconds that are left, which is said in one line.

    Args:
        options: what was asked for.
        space: with the time limit as it was asked for.
        images: for training.
        measured: an epoch, where the sweep is to run.
        left: seconds, of the time limit.
        progress: hears of the plan.
    """
    budget, slots = space.budget, measured.slots.count
    trainable = left - measured.start_seconds
    named, passes = len(space.first_trials()), passes_of(space).most
    images *= space.trial_config(space.default(), seed=0).augmentation_copies
    trials, epochs = plan_budget(trainable, measured.seconds, slots, budget, images, named, passes)
    if named > 1 and trials < _TRIALS_PER_NAMED * named:
        space = space.model_copy(update={"named": {}})
        trials, epochs = plan_budget(trainable, measured.seconds, slots, budget, images, passes=passes)
    trials = space.different_configurations(trials)
    key = "budget.time_limit" if options.time_limit is None else "--time-limit"
    trials_said = f"{trials} trial{'s' if trials > 1 else ''}"
    progress.say(
        f"{key} of {duration(space.budget.time_limit or left)} and {_seconds(measured.seconds)} s an epoch in {slots} "
        f"slot{'s' if slots > 1 else ''}: {trials_said} of up to {epochs} epochs, and more if there is time."
    )
    if measured.waited > _OTHERS_SHARE:
        progress.say(
            f"It was measured beside other programs, for which it waited {measured.waited:.0%} of the time; on a quiet "
            "machine the sweep would be larger."
        )
    if measured.start_seconds + epochs * measured.seconds > left:
        progress.say("That is too short for one trial to come to its end; give it more time.")
    return space.model_copy(update={"budget": budget.sized(trials, epochs)})


def _seconds(value: float) -> str:
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"


def _measured(
    space: SearchSpace, data: ImageData, target: LaunchTarget, progress: Progress, held: contextlib.ExitStack
) -> tuple[MeasuredEpoch, Cluster]:
    with progress.doing("Measuring an epoch"):
        cluster = held.enter_context(
            connect(target.address, space.own_code, partial(workers_ahead, space.resources, None))
        )
        from tune_jobs.measured_epoch import measure_epoch

        return measure_epoch(space, data, target.cache, cluster), cluster
