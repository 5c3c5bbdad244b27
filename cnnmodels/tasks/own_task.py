"""OwnTask: a task of somebody's own before the training loop. Its target is what its data give: numbers of an image, or
of each pixel."""

from __future__ import annotations

import torch
from torch import Tensor

from cnnmodels.config import TrialConfig
from cnnmodels.data.image_data import ImageData
from cnnmodels.own.tasks import made_task
from cnnmodels.tasks.task import Task, normalised


class OwnTask(Task):
    """Loss and answers are somebody's own, and so is every metric but the loss."""

    def __init__(self, config: TrialConfig, data: ImageData, device: torch.device) -> None:
        self._own = made_task(config.task, data.classes)
        self.outputs = self._own.outputs
        first = next(iter(config.metrics), None)
        self.objective = ("val_loss", "min") if first is None else (first.name, first.mode)

    def inputs(self, images: Tensor) -> Tensor:
        return normalised(images)

    def loss(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        mean: Tensor = self._own.loss(self.as_truth(logits), self.truth(images, targets))
        return mean * len(images), torch.tensor(float(len(images)))

    def plain_loss(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        return self.loss(logits, images, targets)

    def answers(self, logits: Tensor) -> Tensor:
        answers = getattr(self._own, "answers", None)
        found: Tensor = logits if answers is None else answers(self.as_truth(logits))
        return found.unsqueeze(1) if found.ndim < logits.ndim else found

    def as_truth(self, answers: Tensor) -> Tensor:
        """One number of an image or of a pixel has no axis of channels, lest it be broadcast against another's."""
        return answers[:, 0] if answers.shape[1] == 1 else answers

    def start_validation(self) -> None: ...

    def count(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> None: ...

    def metrics(self) -> dict[str, float]:
        return {}
