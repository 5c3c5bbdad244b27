"""Predicting with a trained network."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnmodels.checkpoint import Checkpoint
from cnnmodels.config import parse
from cnnmodels.data.image_data import ImageData
from cnnmodels.evaluation import evaluate
from cnnmodels.networks import build
from cnnmodels.task_table import is_own
from cnnmodels.tasks import make_task
from cnnmodels.tasks.colorization import Colorization

_BATCH = 16


def load_network(checkpoint: Checkpoint) -> nn.Module:
    """The trained network of a checkpoint, on the CPU, ready to predict.

    Raises:
        ConfigError: the checkpoint's configuration is none that this version understands.
        CheckpointError: its weights are of another network.
    """
    with torch.random.fork_rng(devices=[]):  # an initialization that is written over leaves the caller's numbers alone
        network = build(parse(checkpoint.config), checkpoint.outputs)
    checkpoint.fill_to_predict(network)
    return network.eval()


def test_metrics(checkpoint: Checkpoint, data: ImageData) -> dict[str, float]:
    """The metrics of a trained network on the test images, on the CPU, each as the validation's with `test_` before it.

    Raises:
        ConfigError, CheckpointError: as load_network.
        ValueError: there are no test images.
    """
    if data.test is None:
        raise ValueError("the data has no test images")
    device = torch.device("cpu")
    found = evaluate(load_network(checkpoint), make_task(parse(checkpoint.config), data, device), data.test, device)
    return {name.replace("val_", "test_", 1): value for name, value in found.items() if name.startswith("val_")}


@torch.inference_mode()
def predict(checkpoint: Checkpoint, data: ImageData, images: NDArray[np.uint8]) -> NDArray[Any]:
    """What the network of a checkpoint says of RGB images [images, 3, height, width], on the CPU.

    Returns:
        classification: class numbers [images], int64, since there may be more than 256 classes; segmentation: class
        numbers [images, height, width], uint8; colorization: RGB [images, 3, height, width], uint8; of a task of
        somebody's own its answers, float32.
    """
    config = parse(checkpoint.config)
    network = load_network(checkpoint)
    task = make_task(config, data, torch.device("cpu"))
    parts = []
    for start in range(0, len(images), _BATCH):
        batch = torch.from_numpy(np.array(images[start : start + _BATCH])).float()  # a copy: a map is read-only
        logits: Tensor = network(task.inputs(batch))
        if is_own(config.task):
            parts.append(task.answers(logits))
        else:
            parts.append(task.colors(logits) * 255 if isinstance(task, Colorization) else logits.argmax(1))
    predictions = torch.cat(parts)
    if is_own(config.task):
        return predictions.numpy()
    found: NDArray[Any] = (predictions if predictions.ndim == 1 else predictions.to(torch.uint8)).numpy()
    return found
