"""Predictor: what one trained network, or several together, say of images at the size that they were trained at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cnnmodels.checkpoint import Checkpoint
from cnnmodels.config import TrialConfig, changes_of, parse
from cnnmodels.data.image_data import ImageData, Split
from cnnmodels.predict import load_network
from cnnmodels.tasks import Task, make_task

BATCH = 16
_LEFT_RIGHT, _UP_DOWN = (-1,), (-2,)


def best_device() -> torch.device:
    """The GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Predictor:
    """Networks on one device, whose answers are averaged.

    Args:
        checkpoints: one, or those of an ensemble; all of one task and of the same classes.
        classes: names of the classes; none for a colorization.
        device: where they run.
        flips: whether the answer to each image is averaged with that to its mirror image, turned back; and, where
            training mirrored images up and down, with those as well.

    Raises:
        ConfigError, CheckpointError: as `load_network`.
    """

    def __init__(
        self, checkpoints: Sequence[Checkpoint], classes: tuple[str, ...], device: torch.device, *, flips: bool = False
    ) -> None:
        configs = [parse(checkpoint.config) for checkpoint in checkpoints]
        networks = [load_network(checkpoint).to(device) for checkpoint in checkpoints]
        self._device = device
        self._members = [
            (network, task_without_images(config, classes, device), _mirrored(config) if flips else [()])
            for config, network in zip(configs, networks, strict=True)
        ]

    @torch.inference_mode()
    def answers(self, images: NDArray[np.uint8]) -> Tensor:
        """The mean answer to RGB images [batch, 3, height, width], on the CPU.

        Returns:
            Probabilities [batch, classes] or [batch, classes, height, width], or RGB in 0 to 1
            [batch, 3, height, width].
        """
        batch = torch.from_numpy(np.ascontiguousarray(images)).to(self._device).float()
        total, count = torch.zeros((), device=self._device), 0
        for network, task, mirrored in self._members:
            for axes in mirrored:
                answers = task.answers(network(task.inputs(batch.flip(axes))))
                total = total + (answers.flip(axes) if answers.ndim == 4 else answers)
                count += 1
        return (total / count).cpu()


def _mirrored(config: TrialConfig) -> list[tuple[int, ...]]:
    """The axes along which images are mirrored, for each look at them."""
    sides = [(), _LEFT_RIGHT]
    return [*sides, *(_UP_DOWN + one for one in sides)] if "vertical_flip" in changes_of(config.augmentation) else sides


def task_without_images(config: TrialConfig, classes: tuple[str, ...], device: torch.device) -> Task:
    """Neither inputs nor answers depend on the training images; weights in the loss do, and are of no use here."""
    none = Split(np.zeros((0, 3, 1, 1), dtype=np.uint8), np.zeros(0, dtype=np.int64))
    data = ImageData(none, none, None, classes, ((0, 0, 0),) * len(classes), "", "", (1, 1))
    return make_task(config.model_copy(update={"class_weights": "none"}), data, device)
