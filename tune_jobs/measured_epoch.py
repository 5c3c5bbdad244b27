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
from cnnmodels.own.code import OwnCode, code_of, use_code
from reports.records.errors import SweepError
from search_spaces.schema import SearchSpace
from tune_jobs.resources.gpu_share import gpu_share
from tune_jobs.resources.slots import Slots, allocate
from tune_jobs.storage.object_storage import first_line

_BATCHES = 8  # of a split; a whole epoch of large images may take as long as a person wants to wait for the sweep
_ENOUGH_SECONDS = 3.0  # of measured training
_MOST_AT_ONCE = 8


@dataclass(frozen=True)
class MeasuredEpoch:
    """How fast the default configuration trains where the sweep would run."""

    slots: Slots
    seconds: float  # of a whole epoch beside others in their slots, its validation included
    start_seconds: float  # until a worker trains as fast as that: its process, torch, the data, a first epoch


def measure_epoch(space: SearchSpace, data: ImageData, cache: Path, address: str | None) -> MeasuredEpoch:
    """Measure the default configuration in as many slots at once as slow each other down.

    Raises:
        SweepError: no node has room for a trial, the cluster does not answer, or the default does not train.
    """
    import ray

    from tune_jobs.cluster.cluster import connect

    code = code_of(space.model)
    with connect(address, code) as cluster:
        nodes = cluster.nodes()
        slots = allocate(space.resources, nodes, gpu_share(space, nodes, cache, len(data.classes)))
        config = space.trial_config(space.default(), seed=0).model_dump(mode="json")
        wanted = {"num_cpus": slots.cpus, "num_gpus": slots.gpus, "max_retries": 0}
        measure = ray.remote(**wanted)(_seconds_of_an_epoch)  # with GPUs said here, its process ends with it
        given = (config, space.data.model_dump(mode="json"), str(cache) if cluster.local else None, slots, code)
        began = time.monotonic()
        try:
            measured = ray.get([measure.remote(*given) for _ in range(at_once(slots))])
        except ray.exceptions.RayError as error:
            cause = first_line(getattr(error, "cause", None) or error)
            hint = "tune launch with --trials 1 records why"
            raise SweepError(f"the default configuration does not train: {cause}; {hint}") from error
        start = time.monotonic() - began - statistics.mean(spent for _, spent in measured)
    return MeasuredEpoch(slots, statistics.mean(seconds for seconds, _ in measured), start)


def at_once(slots: Slots) -> int:
    """How many trials are measured beside each other: those that share a GPU, or a machine's cores."""
    of_a_gpu = max(1, math.floor(1 / slots.gpus + 1e-9)) if slots.gpus else _MOST_AT_ONCE
    return min(slots.count, of_a_gpu, _MOST_AT_ONCE)


def _seconds_of_an_epoch(
    config: dict[str, Any], spec: dict[str, Any], cache: str | None, slots: Slots, code: OwnCode | None
) -> tuple[float, float]:
    """Of a whole epoch, from those after the first, which pays for what happens once; and those that these took."""
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
    for epoch in fit(wanted, part, device="cuda:0" if slots.gpus else "cpu"):
        epochs.append(epoch.seconds)
        spent = sum(sum(seconds.values()) for seconds in epochs[1:])
        if spent > _ENOUGH_SECONDS:
            break
    return statistics.mean(scaled(seconds, part, data) for seconds in epochs[1:] or epochs), spent


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
