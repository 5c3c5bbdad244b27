"""The metrics of a network on a whole split."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import nn

from cnnmodels.batches import gather
from cnnmodels.data.image_data import Split
from cnnmodels.tasks import Task

_BATCH = 16  # fixed, so that a validation loss does not depend on a knob


@torch.inference_mode()
def evaluate(network: nn.Module, task: Task, split: Split, device: torch.device) -> dict[str, float]:
    """The metrics of a network on a split that it is not trained on."""
    network.eval()
    task.start_validation()
    total = count = torch.zeros((), dtype=torch.float64)
    forward = 0.0
    for indices in torch.split(torch.arange(len(split)), _BATCH):
        images, targets = gather(split, indices, device)
        began = _now(device)
        logits = network(task.inputs(images))
        forward += _now(device) - began
        summed, divisor = task.plain_loss(logits, images, targets)
        total, count = total + summed.cpu(), count + divisor.cpu()
        task.count(logits, images, targets)
    return {
        "val_loss": float(total / count),
        **task.metrics(),
        "parameters": float(sum(one.numel() for one in network.parameters())),
        "seconds_per_image": forward / len(split),
    }


def evenly_spaced(split: Split, most: int) -> Split:
    """At most so many images of a split, always the same, from its first to its last."""
    chosen = np.linspace(0, len(split) - 1, num=min(most, len(split)), dtype=int)
    return Split(split.images[chosen], None if split.targets is None else split.targets[chosen])


def _now(device: torch.device) -> float:
    """The clock once the device has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()
