"""How long an epoch of the default configuration takes, measured where a trial would run, on a part of the images."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cnnmodels.data import ImageData, Split
from cnnmodels.own.code import OwnCode, use_code
from reports.records.errors import SweepError
from search_spaces.schema import SearchSpace
from tune_jobs.cluster.cluster import Cluster
from tune_jobs.resources.gpu_share import gpu_share
from tune_jobs.resources.processor_wait import ProcessorWait
from tune_jobs.resources.slots import Slots, allocate
from tune_jobs.storage.object_storage import first_line

_BATCHES = 8  # of a split; a whole epoch of large images may take as long as a person wants to wait for the sweep
_ENOUGH_SECONDS = (3.0, 15.0)  # of measured training, at least and at most
_SHARE_OF_LIMIT = 0.02  # of a time limit, for measuring: a moment in which others use the machine is to be outlived
_MOST_AT_ONCE = 8


@dataclass(frozen=True)
class MeasuredEpoch:
    """How fast the default configuration trains where the sweep would run."""

    slots: Slots
    seconds: float  # of a whole epoch beside others in their slots, its validation included
    start_seconds: float  # until a worker trains as fast as that: its process, torch, the data, a first epoch
    waited: float = 0.0  # share of its time that it waited for a processor: what other programs take of the machine


def measure_epoch(space: SearchSpace, data: ImageData, cache: Path, cluster: Cluster) -> MeasuredEpoch:
    """Measure the default configuration in as many slots at once as slow each other down.

    Raises:
        SweepError: no node has room for a trial, or the default does not train.
    """
    import ray

    nodes, code = cluster.nodes(), space.own_code
    slots = allocate(space.resources, nodes, gpu_share(space, nodes, cache, len(data.classes)))
    config = space.trial_config(space.default(), seed=0).model_dump(mode="json")
    # A process that has held GPUs, or imported somebody's own code from where it lies today, ends with the task.
    once = {"max_calls": 1} if slots.gpus or code is not None else {}
    wanted = {"num_cpus": slots.cpus, "num_gpus": slots.gpus, "max_retries": 0, **once}
    measure = ray.remote(**wanted)(_seconds_of_an_epoch)
    enough = enough_seconds(space.budget.time_limit)
    given = (config, space.data.model_dump(mode="json"), str(cache) if cluster.local else None, slots, enough, code)
    began = time.monotonic()
    try:
        measured = ray.get([measure.remote(*given) for _ in range(at_once(slots))])
    except ray.exceptions.RayError as error:
        cause = first_line(getattr(error, "cause", None) or error)
        hint = "tune launch with --trials 1 records why"
        raise SweepError(f"the default configuration does not train: {cause}; {hint}") from error
    start = time.monotonic() - began - statistics.mean(spent for _, spent, _ in measured)
    seconds, waited = (statistics.mean(one[column] for one in measured) for column in (0, 2))
    return MeasuredEpoch(slots, seconds, start, waited)


def enough_seconds(time_limit: float | None) -> float:
    """Seconds of measured training, for a sweep with a time limit in seconds or with none."""
    least, most = _ENOUGH_SECONDS
    return min(most, max(least, _SHARE_OF_LIMIT * (time_limit or 0.0)))


def at_once(slots: Slots) -> int:
    """How many trials are measured beside each other: those that share a GPU, or a machine's cores."""
    of_a_gpu = max(1, math.floor(1 / slots.gpus + 1e-9)) if slots.gpus else _MOST_AT_ONCE
    return min(slots.count, of_a_gpu, _MOST_AT_ONCE)


def _seconds_of_an_epoch(
    config: dict[str, Any], spec: dict[str, Any], cache: str | None, slots: Slots, enough: float, code: OwnCode | None
) -> tuple[float, float, float]:
    """Of a whole epoch, the median of those after the first, which pays for what happens once; the seconds that these
    took; and the share of them in which it waited for a processor."""
    import torch

    from cnnmodels.config import parse
    from cnnmodels.data import DataSpec, default_cache, load
    from cnnmodels.training import fit

    torch.set_num_threads(slots.cpus)
    use_code(code)
    wanted = parse({**config, "epochs": 1000, "patience": None})
    data = load(DataSpec.model_validate(spec), Path(cache) if cache else default_cache(), wanted.task)
    part = first_batches(data, wanted.batch_size)
    epochs: list[dict[str, float]] = []
    waiting = ProcessorWait()
    for epoch in fit(wanted, part, device="cuda:0" if slots.gpus else "cpu"):
        if not epochs:
            waiting = ProcessorWait()
        epochs.append(epoch.seconds)
        spent = sum(sum(seconds.values()) for seconds in epochs[1:])
        if spent > enough:
            break
    median = statistics.median(scaled(seconds, part, data) for seconds in epochs[1:] or epochs)
    return median, spent, waiting.share()


def first_batches(data: ImageData, batch_size: int) -> ImageData:
    """The same with no more images than make a few batches of each split."""

    def first(split: Split) -> Split:
        images = _BATCHES * batch_size
        return Split(split.images[:images], None if split.targets is None else split.targets[:images])

    return replace(data, train=first(data.train), val=first(data.val))


def scaled(seconds: Mapping[str, float], part: ImageData, data: ImageData) -> float:
    """Seconds of an epoch of all the data, from those of a part of it."""
    validating = seconds["validate"] * len(data.val) / len(part.val)
    return validating + (sum(seconds.values()) - seconds["validate"]) * len(data.train) / len(part.train)
