"""Segmentation: a class for every pixel."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from cnnmodels.class_weights import class_weights
from cnnmodels.config import TrialConfig
from cnnmodels.confusion import (
    ConfusionMatrix,
    image_jaccards,
    intersection_over_union,
    mean_iou,
    pixel_accuracy,
)
from cnnmodels.data.image_data import VOID, ImageData
from cnnmodels.metric_names import metric_name
from cnnmodels.metric_table import Mode
from cnnmodels.region_loss import region_loss
from cnnmodels.tasks.task import Task, label_counts, normalised


class Segmentation(Task):
    """Cross-entropy, and a loss over regions where it is asked for; mean IoU accumulated over the split (study S2),
    pixel accuracy, IoU of each class, and the macro Jaccard that study S0 gives beside it, whose definition the study
    leaves open (see `image_jaccards`)."""

    objective: tuple[str, Mode] = ("val_miou", "max")

    def __init__(self, config: TrialConfig, data: ImageData, device: torch.device) -> None:
        self._names = data.classes
        self._device = device
        self._smoothing = config.label_smoothing
        self._region_loss = config.region_loss
        self.outputs = len(data.classes)
        self._weights = class_weights(label_counts(data), config.class_weights).to(device)
        self.start_validation()

    def inputs(self, images: Tensor) -> Tensor:
        return normalised(images)

    def loss(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        assert targets is not None
        labels = targets.long()  # [batch, height, width]
        total = functional.cross_entropy(
            logits, labels, self._weights, ignore_index=VOID, reduction="sum", label_smoothing=self._smoothing
        )
        void = labels == VOID
        divisor = self._weights[labels.masked_fill(void, 0)].masked_fill(void, 0).sum()
        if self._region_loss != "none":
            total = total + region_loss(logits, labels, self._region_loss) * divisor
        return total, divisor

    def plain_loss(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        """Cross-entropy, in nats a pixel; void ones do not count."""
        assert targets is not None
        labels = targets.long()
        return functional.cross_entropy(logits, labels, ignore_index=VOID, reduction="sum"), (labels != VOID).sum()

    def answers(self, logits: Tensor) -> Tensor:
        return logits.softmax(1)

    def start_validation(self) -> None:
        self._confusion = ConfusionMatrix(self.outputs, self._device)
        self._jaccards: list[Tensor] = []

    def count(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> None:
        assert targets is not None
        predictions = logits.argmax(1)
        self._confusion.add(predictions, targets)
        self._jaccards.append(image_jaccards(predictions, targets, self.outputs))

    def metrics(self) -> dict[str, float]:
        matrix = self._confusion.matrix()
        per_class = intersection_over_union(matrix)
        found = {metric_name(name): float(value) for name, value in zip(self._names, per_class, strict=True)}
        return {
            "val_miou": mean_iou(matrix),
            "val_pixel_accuracy": pixel_accuracy(matrix),
            "val_macro_jaccard": float(torch.cat(self._jaccards).cpu().nanmean()),
            **{name: value for name, value in found.items() if value == value},  # a class that does not occur has none
        }
