"""What every task offers to the training loop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cnnmodels.config import TrialConfig
from cnnmodels.data.image_data import ImageData
from cnnmodels.metric_table import Mode
from cnnmodels.tasks.own_metrics import OwnMetrics

Triple = tuple[float, float, float]
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's photos, for RGB in 0..1


@dataclass(frozen=True)
class Normalization:
    """How RGB in 0 to 1 becomes what a network sees, for programs that are not ours."""

    mean: Triple = _MEAN
    std: Triple = _STD
    grey: Triple | None = None  # share of each channel in the grey that then stands in all three; None: colours stay


class Task(ABC):
    """One task on one set of images."""

    outputs: int  # channels of the network's output
    objective: tuple[str, Mode]  # what is best, where nobody asks for something else
    normalization = Normalization()  # what `inputs` does, in numbers
    own_metrics: OwnMetrics  # of somebody's own, counted beside the task's

    @abstractmethod
    def __init__(self, config: TrialConfig, data: ImageData, device: torch.device) -> None: ...

    @abstractmethod
    def inputs(self, images: Tensor) -> Tensor:
        """What the network sees of RGB images [batch, 3, height, width] in 0 to 255."""

    @abstractmethod
    def loss(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        """Summed loss of a batch, and what to divide it by; both scalars, so that an epoch divides once."""

    def truth(self, images: Tensor, targets: Tensor | None) -> Tensor:
        """What a loss of somebody's own compares logits with: class numbers [batch] or [batch, height, width] (VOID
        where a pixel does not count), the share of each class [batch, classes] of images that were mixed, or RGB in 0
        to 1 [batch, 3, height, width]."""
        if targets is None:
            return images / 255
        return targets if targets.is_floating_point() else targets.long()

    @abstractmethod
    def plain_loss(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        """The loss by which trials are compared, whatever each of them is trained on: no weights, no smoothing, no
        further terms; summed, and what to divide it by."""

    @abstractmethod
    def answers(self, logits: Tensor) -> Tensor:
        """What the logits mean to people: the probability of each class, where the logits have it, or RGB in 0 to 1
        [batch, 3, height, width]."""

    def as_truth(self, answers: Tensor) -> Tensor:
        """Answers in the shape in which metrics of somebody's own compare them with `truth`."""
        return answers

    @abstractmethod
    def start_validation(self) -> None:
        """Forget what was counted."""

    @abstractmethod
    def count(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> None:
        """Take a validation batch into account."""

    @abstractmethod
    def metrics(self) -> dict[str, float]:
        """Metrics of everything counted since the start of the validation."""


def normalised(images: Tensor) -> Tensor:
    """RGB in 0 to 255 as a network wants it: zero mean and unit deviation over ImageNet's photos."""
    mean, std = (
        torch.tensor(one).view(1, 3, 1, 1).mul(255).to(images.device, non_blocking=True) for one in (_MEAN, _STD)
    )
    return ((images - mean) / std).contiguous(memory_format=torch.channels_last)


def label_counts(data: ImageData) -> Tensor:
    """How often each class occurs in the training targets, shape [classes]; void is not counted."""
    assert data.train.targets is not None
    return torch.from_numpy(np.bincount(np.asarray(data.train.targets).ravel(), minlength=len(data.classes)))[
        : len(data.classes)
    ]
