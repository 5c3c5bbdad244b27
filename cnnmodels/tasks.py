"""Tasks: what the network puts out, its loss, and the metrics of a validation. A new task joins the table."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from cnnmodels.class_weights import inverse_frequency_weights
from cnnmodels.config import Mode, TrialConfig
from cnnmodels.confusion import ConfusionMatrix, intersection_over_union, mean_iou, metric_name, pixel_accuracy
from cnnmodels.data.image_data import VOID, ImageData


class Task(Protocol):
    """One task on one set of images."""

    outputs: int  # channels of the network's output
    objective: tuple[str, Mode]  # what is best, where nobody asks for something else

    def loss(self, logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Summed loss of a batch, and what to divide it by; both scalars, so that an epoch divides once."""

    def start_validation(self) -> None:
        """Forget what was counted."""

    def count(self, logits: Tensor, targets: Tensor) -> None:
        """Take a validation batch into account."""

    def metrics(self) -> dict[str, float]:
        """Metrics of everything counted since the start of the validation."""


class Segmentation:
    """A class for every pixel: cross-entropy; accumulated mean IoU, pixel accuracy, IoU of each class."""

    objective: tuple[str, Mode] = ("val_miou", "max")

    def __init__(self, config: TrialConfig, data: ImageData, device: torch.device) -> None:
        self._names = data.classes
        self._device = device
        self.outputs = len(data.classes)
        self._weights = torch.ones(self.outputs)
        if config.class_weights == "inverse":
            counts = np.bincount(np.asarray(data.train.targets).ravel(), minlength=VOID + 1)[: self.outputs]
            self._weights = inverse_frequency_weights(torch.from_numpy(counts)).float()
        self._weights = self._weights.to(device)
        self.start_validation()

    def loss(self, logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        targets = targets.long()  # [batch, height, width]
        total = functional.cross_entropy(logits, targets, self._weights, ignore_index=VOID, reduction="sum")
        return total, self._weights[targets[targets != VOID]].sum()

    def start_validation(self) -> None:
        self._confusion = ConfusionMatrix(self.outputs, self._device)

    def count(self, logits: Tensor, targets: Tensor) -> None:
        self._confusion.add(logits.argmax(1), targets)

    def metrics(self) -> dict[str, float]:
        matrix = self._confusion.matrix()
        per_class = intersection_over_union(matrix)
        found = {metric_name(name): float(value) for name, value in zip(self._names, per_class, strict=True)}
        return {
            "val_miou": mean_iou(matrix),
            "val_pixel_accuracy": pixel_accuracy(matrix),
            **{name: value for name, value in found.items() if value == value},  # a class that never occurs has none
        }


TASKS: dict[str, type[Segmentation]] = {"segmentation": Segmentation}
