"""Classification: one class for an image."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from cnnmodels.class_weights import class_weights
from cnnmodels.config import TrialConfig
from cnnmodels.confusion import ConfusionMatrix, macro_f1, pixel_accuracy
from cnnmodels.data.image_data import ImageData
from cnnmodels.metric_table import Mode
from cnnmodels.tasks.task import Task, label_counts, normalised


class Classification(Task):
    """Cross-entropy; accuracy and macro F1 over the whole split."""

    objective: tuple[str, Mode] = ("val_accuracy", "max")

    def __init__(self, config: TrialConfig, data: ImageData, device: torch.device) -> None:
        self._device = device
        self._smoothing = config.label_smoothing
        self.outputs = len(data.classes)
        self._weights = class_weights(label_counts(data), config.class_weights).to(device)
        self.start_validation()

    def inputs(self, images: Tensor) -> Tensor:
        return normalised(images)

    def loss(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        assert targets is not None
        shares = targets.is_floating_point()  # [batch, classes] of images that were mixed, else labels [batch]
        labels = targets if shares else targets.long()
        total = functional.cross_entropy(
            logits, labels, self._weights, reduction="sum", label_smoothing=self._smoothing
        )
        return total, (labels @ self._weights if shares else self._weights[labels]).sum()

    def plain_loss(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        """Cross-entropy, in nats an image."""
        assert targets is not None
        return functional.cross_entropy(logits, targets.long(), reduction="sum"), torch.tensor(float(len(targets)))

    def answers(self, logits: Tensor) -> Tensor:
        return logits.softmax(1)

    def start_validation(self) -> None:
        self._confusion = ConfusionMatrix(self.outputs, self._device, void=None)

    def count(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> None:
        assert targets is not None
        self._confusion.add(logits.argmax(1), targets)

    def metrics(self) -> dict[str, float]:
        matrix = self._confusion.matrix()
        return {"val_accuracy": pixel_accuracy(matrix), "val_macro_f1": macro_f1(matrix)}
