"""Predicting with a trained network."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from cnnmodels.checkpoint import Checkpoint
from cnnmodels.config import parse
from cnnmodels.networks import build
from cnnmodels.training import normalised

_BATCH = 16


def load_network(checkpoint: Checkpoint) -> nn.Module:
    """The network of a checkpoint, ready to predict on the CPU."""
    network = build(parse(checkpoint.config), checkpoint.outputs)
    network.load_state_dict(checkpoint.network)
    return network.eval()


@torch.inference_mode()
def predict(network: nn.Module, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The likeliest class of each pixel, shape [images, height, width], of RGB images [images, 3, height, width]."""
    parts = [
        network(normalised(torch.from_numpy(images[start : start + _BATCH]))).argmax(1).to(torch.uint8)
        for start in range(0, len(images), _BATCH)
    ]
    classes: NDArray[np.uint8] = torch.cat(parts).numpy()
    return classes
