"""The metrics of a network on a whole split."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import nn

from cnnmodels.batches import gather
from cnnmodels.data.image_data import Split
from cnnmodels.on_device import OnDevice
from cnnmodels.tasks import Task
from cnnmodels.turns import Turns

_BATCH = 16  # fixed, so that a validation loss does not depend on a knob


@torch.inference_mode()
def evaluate(
    network: nn.Module, task: Task, split: Split | OnDevice, device: torch.device, turns: Turns | None = None
) -> dict[str, float]:
    """The metrics of a network on a split that it is not trained on.

    Args:
        network: which stays as it is.
        task: what it is to do.
        split: images and targets.
        device: where the network lies.
        turns: what it waits for between two batches; None: nothing.
    """
    turns = turns or Turns()
    network.eval()
    task.start_validation()
    task.own_metrics.start()
    total = count = torch.zeros((), dtype=torch.float64, device=device)
    stopwatch = _Stopwatch(device)
    for indices in torch.split(torch.arange(len(split)), _BATCH):
        with turns.step(device):
            images, targets = gather(split, indices, device)
            with stopwatch:
                logits = network(task.inputs(images))
            summed, divisor = task.plain_loss(logits, images, targets)
            total, count = total + summed, count + divisor
            task.count(logits, images, targets)
            if task.own_metrics:
                task.own_metrics.count(task.as_truth(task.answers(logits)), task.truth(images, targets))
    return {
        "val_loss": float(total / count),
        **task.metrics(),
        **task.own_metrics.values(),
        "parameters": float(sum(one.numel() for one in network.parameters())),
        "seconds_per_image": stopwatch.seconds() / len(split),
    }


def evenly_spaced(split: Split, most: int) -> Split:
    """At most so many images of a split, always the same, from its first to its last."""
    chosen = np.linspace(0, len(split) - 1, num=min(most, len(split)), dtype=int)
    return Split(split.images[chosen], None if split.targets is None else split.targets[chosen])


class _Stopwatch:
    """Seconds of a device in blocks of code; a GPU keeps the time itself, since the processor runs ahead of it."""

    def __init__(self, device: torch.device) -> None:
        self._on_gpu = device.type == "cuda"
        self._spent, self._began = 0.0, 0.0
        self._events: list[tuple[torch.cuda.Event, torch.cuda.Event]] = []

    def __enter__(self) -> None:
        if self._on_gpu:
            self._events.append((_gpu_event(), _gpu_event()))
            self._events[-1][0].record()
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._spent += time.perf_counter() - self._began
        if self._on_gpu:
            self._events[-1][1].record()

    def seconds(self) -> float:
        if not self._on_gpu:
            return self._spent
        torch.cuda.synchronize()
        return float(sum(began.elapsed_time(ended) for began, ended in self._events)) / 1000  # it gives milliseconds


def _gpu_event() -> torch.cuda.Event:
    return torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
