"""A task of one's own: how far away is each pixel? The images, their targets, the loss and the metrics."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torchmetrics import MeanAbsoluteError, MeanSquaredError

HEIGHT, WIDTH = 48, 64


class Depth:
    """Metres to the camera at every pixel."""

    outputs = 1  # channels that a network puts out
    metrics: ClassVar = {"val_mae": MeanAbsoluteError, "val_mse": MeanSquaredError}

    def answers(self, logits: Tensor) -> Tensor:  # [batch, height, width], as truth
        return functional.softplus(logits + 5)  # never behind the camera

    def loss(self, logits: Tensor, truth: Tensor) -> Tensor:
        return functional.smooth_l1_loss(self.answers(logits), truth)


class Balls:
    """A grey ball over the ground; the nearer it is, the larger."""

    def __init__(self, count: int, seed: int) -> None:
        self.count, self.seed = count, seed

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        random = np.random.default_rng([self.seed, place])
        rows, columns = np.mgrid[:HEIGHT, :WIDTH]
        away = random.uniform(2, 8)  # metres
        top, left = random.uniform(0, HEIGHT), random.uniform(0, WIDTH)
        ball = np.hypot(rows - top, columns - left) < 60 / away
        depth = np.where(ball, away, 12 - 8 * rows / HEIGHT)  # the ground comes nearer further down
        grey = np.where(ball, 200, 60 + 80 * rows / HEIGHT)[..., None] + random.normal(0, 12, (HEIGHT, WIDTH, 3))
        return grey.clip(0, 255).astype(np.uint8), depth.astype(np.float32)


def balls() -> dict[str, Balls]:
    return {"train": Balls(200, seed=0), "val": Balls(50, seed=1), "test": Balls(50, seed=2)}
