"""`tune plan`: what a sweep would cost, from the room that there is, one measured epoch, and ASHA's arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnmodels.config import TrialConfig
from cnnmodels.data import ImageData
from search_spaces.schema import SearchSpace
from tune_jobs.resources.gpu_share import gpu_share, largest
from tune_jobs.resources.slots import Slots, allocate
from tune_jobs.search.checkpoint_retention import KEPT_CHECKPOINTS
from tune_jobs.search.time_estimate import expected_epochs

_BYTES_A_NUMBER = 4
_COPIES = 3  # weights, and two moments of Adam
_FILES_OF_A_TRIAL = 3  # last, previous, best


@dataclass(frozen=True)
class CostEstimate:
    """What would run, and what it would take."""

    slots: Slots
    rungs: list[int]  # epochs
    trials: int
    epochs_expected: float  # with pruning
    epochs_unpruned: int
    seconds_of_an_epoch: float  # of the default configuration, measured
    parameters: int  # of the largest network
    disk_bytes: int

    @property
    def seconds(self) -> float:
        """On the clock, with pruning."""
        return self.epochs_expected * self.seconds_of_an_epoch / self.slots.count

    @property
    def seconds_unpruned(self) -> float:
        return self.epochs_unpruned * self.seconds_of_an_epoch / self.slots.count

    @property
    def gpu_hours(self) -> float:
        return self.epochs_expected * self.seconds_of_an_epoch * self.slots.gpus / 3600


def estimate_cost(space: SearchSpace, data: ImageData, cache: Path, address: str | None) -> CostEstimate:
    """Measure one epoch of the default configuration where a trial would run, and reckon from it.

    Raises:
        SweepError: no node has room for a trial, or the cluster does not answer.
    """
    import ray

    from tune_jobs.cluster.cluster import connect

    with connect(address) as cluster:
        nodes = cluster.nodes()
        slots = allocate(space.resources, nodes, gpu_share(space, nodes, cache, len(data.classes)))
        config = space.trial_config(space.default(), seed=0).model_dump(mode="json")
        wanted = {"num_cpus": slots.cpus, "num_gpus": slots.gpus, "max_retries": 0}
        measure = ray.remote(**wanted)(_seconds_of_an_epoch)  # with GPUs said here, its process ends with it
        spec = space.data.model_dump(mode="json")
        seconds = ray.get(measure.remote(config, spec, str(cache) if cluster.local else None, slots))
    parameters = parameters_of_largest(space, data)
    budget = space.budget
    return CostEstimate(
        slots=slots,
        rungs=budget.rungs(),
        trials=budget.trials,
        epochs_expected=budget.max_epochs + (budget.trials - 1) * expected_epochs(budget),
        epochs_unpruned=budget.trials * budget.max_epochs,
        seconds_of_an_epoch=seconds,
        parameters=parameters,
        disk_bytes=disk_bytes(parameters, slots.count),
    )


def _seconds_of_an_epoch(config: dict[str, Any], spec: dict[str, Any], cache: str | None, slots: Slots) -> float:
    """Of the second epoch, alone on its GPU; the first pays for what happens once."""
    import torch

    from cnnmodels.config import parse
    from cnnmodels.data import DataSpec, default_cache, load
    from cnnmodels.training import fit

    torch.set_num_threads(slots.cpus)
    wanted = parse({**config, "epochs": max(2, config["epochs"]), "patience": None})
    data = load(DataSpec.model_validate(spec), Path(cache) if cache else default_cache(), wanted.task)
    epochs = fit(wanted, data, device="cuda:0" if slots.gpus else "cpu")
    next(epochs)
    return sum(next(epochs).seconds.values())


def parameters_of_largest(space: SearchSpace, data: ImageData) -> int:
    """Numbers in the largest network of the space; it is counted, not made."""
    import torch

    from cnnmodels.config import parse
    from cnnmodels.networks import build

    config: TrialConfig = parse({**largest(space)})
    with torch.device("meta"):
        network = build(config, max(3, len(data.classes)))
    return sum(one.numel() for one in network.parameters())


def disk_bytes(parameters: int, slots: int) -> int:
    """What checkpoints take at most: those of running trials, and those of the best that are kept."""
    one = parameters * _BYTES_A_NUMBER * _COPIES
    return one * (_FILES_OF_A_TRIAL * slots + KEPT_CHECKPOINTS)
