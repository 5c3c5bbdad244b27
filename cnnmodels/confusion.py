"""A confusion matrix over a whole split, and the metrics that follow from it."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from cnnmodels.data.image_data import VOID


class ConfusionMatrix:
    """Counts of (truth, prediction) pairs, summed over batches; void pixels count nowhere."""

    def __init__(self, classes: int, device: torch.device) -> None:
        self._classes = classes
        self._counts = torch.zeros(classes * classes, dtype=torch.int64, device=device)

    def add(self, predictions: Tensor, targets: Tensor) -> None:
        """Count a batch of class numbers, both [batch, height, width]."""
        counted = targets != VOID
        pairs = targets[counted].long() * self._classes + predictions[counted]
        self._counts += torch.bincount(pairs, minlength=self._classes**2)

    def matrix(self) -> Tensor:
        """Counts, shape [truth, prediction], on the CPU."""
        return self._counts.reshape(self._classes, self._classes).cpu()


def intersection_over_union(matrix: Tensor) -> Tensor:
    """TP / (TP + FP + FN) of each class, shape [classes]; nan for a class in neither truth nor prediction."""
    hits = matrix.diag().double()
    return hits / (matrix.sum(0) + matrix.sum(1) - hits)


def mean_iou(matrix: Tensor) -> float:
    """Mean IoU over the classes that occur in truth or prediction, of counts summed over the split (study S2)."""
    return float(intersection_over_union(matrix).nanmean())


def pixel_accuracy(matrix: Tensor) -> float:
    """Share of the counted pixels whose class is right."""
    return float(matrix.diag().sum() / matrix.sum())


def metric_name(class_name: str) -> str:
    """`road line` as `val_iou_road_line`."""
    return "val_iou_" + re.sub(r"[^a-z0-9]+", "_", class_name.lower()).strip("_")
