"""What doing nothing gives on the validation images: the least that a network must beat to have learnt something.

Each yardstick is a network without weights, measured by `evaluate` and the task's own counting, so that its metrics are
those of a trial.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnnmodels.config import TaskName, TrialConfig
from cnnmodels.data.image_data import ImageData, Split
from cnnmodels.evaluation import evaluate
from cnnmodels.metric_table import LATENCY, modes_of
from cnnmodels.task_table import is_own
from cnnmodels.tasks import make_task
from cnnmodels.tasks.task import label_counts

# It has neither odds nor weights.
_NOT_OF_A_GUESS = {"val_loss", "train_loss", "parameters", "seconds_per_image", LATENCY}
_BATCH = 64  # images summed at once


@dataclass(frozen=True)
class Yardstick:
    """One way of doing nothing."""

    name: str  # for people: "the grey image"
    metrics: dict[str, float]


class _Guess(nn.Module):
    """Answers without having learnt: logits from what a network would see."""

    def __init__(self, answer: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self._answer = answer

    def forward(self, inputs: Tensor) -> Tensor:
        return self._answer(inputs)


def yardsticks(run: TrialConfig, data: ImageData, device: torch.device) -> list[Yardstick]:
    """What doing nothing gives on the validation split.

    Args:
        run: names the task, and metrics that are somebody's own.
        data: whose training targets say what the most frequent answer is.
        device: where it is measured.

    Returns:
        Of a classification or a segmentation, the class that is the most frequent in the training targets, everywhere;
        of a colorization, the grey image as it is, and the mean colour of the training images; of a task of somebody's
        own nothing, since nobody knows what answers it.
    """
    task = run.task
    config = run.model_copy(update={"color_loss": "l2", "class_weights": "none"})
    counting = make_task(config, data, device)
    found = []
    for name, answer in _answers(task, data, device).items():
        metrics = evaluate(_Guess(answer), counting, data.val, device)
        known = [metric for metric in modes_of(task, run.metrics) if metric not in _NOT_OF_A_GUESS]
        kept = {metric: metrics[metric] for metric in known if metric in metrics}
        found.append(Yardstick(name, kept))
    return found


def _answers(task: TaskName, data: ImageData, device: torch.device) -> dict[str, Callable[[Tensor], Tensor]]:
    if is_own(task):
        return {}
    if task == "colorization":
        mean = torch.logit(mean_color(data.train)).to(device).view(1, 3, 1, 1)
        return {
            "the grey image": lambda inputs: torch.logit((inputs + 1) / 2),  # colours are the sigmoid of logits
            "the mean colour": lambda inputs: mean.expand_as(inputs),
        }
    most = int(label_counts(data).argmax())
    logits = torch.zeros(len(data.classes), device=device)
    logits[most] = 1.0
    name = f"the most frequent class ({data.classes[most]})"
    if task == "classification":
        return {name: lambda inputs: logits.expand(len(inputs), -1)}
    everywhere = logits.view(1, -1, 1, 1)
    return {name: lambda inputs: everywhere.expand(len(inputs), -1, *inputs.shape[2:])}


def mean_color(split: Split) -> Tensor:
    """Mean RGB of a split's pixels in 0 to 1, shape [3]."""
    total = torch.zeros(3, dtype=torch.float64)
    for first in range(0, len(split), _BATCH):
        images = torch.from_numpy(split.images[first : first + _BATCH].copy())  # [batch, 3, height, width]
        total += images.sum(dim=(0, 2, 3), dtype=torch.float64)
    return (total / (255 * split.images[:, 0].size)).float()
