"""Predicting with a trained network."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cnnmodels.checkpoint import Checkpoint
from cnnmodels.config import parse
from cnnmodels.data.image_data import ImageData
from cnnmodels.networks import build
from cnnmodels.tasks import make_task
from cnnmodels.tasks.colorization import Colorization

_BATCH = 16


@torch.inference_mode()
def predict(checkpoint: Checkpoint, data: ImageData, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the network of a checkpoint says of RGB images [images, 3, height, width], on the CPU.

    Returns:
        classification: class numbers [images]; segmentation: class numbers [images, height, width]; colorization: RGB
        [images, 3, height, width].
    """
    config = parse(checkpoint.config)
    network = build(config, checkpoint.outputs)
    network.load_state_dict(checkpoint.network)
    network.eval()
    task = make_task(config, data, torch.device("cpu"))
    parts = []
    for start in range(0, len(images), _BATCH):
        batch = torch.from_numpy(np.array(images[start : start + _BATCH])).float()  # a copy: a map is read-only
        logits: Tensor = network(task.inputs(batch))
        parts.append(task.colors(logits) * 255 if isinstance(task, Colorization) else logits.argmax(1))
    predictions: NDArray[np.uint8] = torch.cat(parts).to(torch.uint8).numpy()
    return predictions
