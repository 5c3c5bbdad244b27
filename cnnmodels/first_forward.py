"""Somebody's own network, built and asked once before any trial: what does not fit is said in one line."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from cnnmodels.config import TrialConfig
from cnnmodels.data.image_data import ImageData
from cnnmodels.errors import ConfigError
from cnnmodels.networks import build
from cnnmodels.own.importing import told
from cnnmodels.tasks import make_task

_IMAGES = 2


@torch.inference_mode()
def refuse_unfit_network(config: TrialConfig, data: ImageData) -> None:
    """Build the network of a configuration, and look at what it makes of two images.

    Raises:
        ConfigError: it fails, or its logits are of another shape than the task takes; the text names its own line.
    """
    task = make_task(config, data, torch.device("cpu"))
    images = torch.from_numpy(np.array(data.train.images[:_IMAGES])).float()
    step = "cannot be built"
    with torch.random.fork_rng(devices=[]):
        try:
            network: nn.Module = build(config, task.outputs)
            step = "fails on images"
            logits = network.eval()(task.inputs(images))
            found = list(logits.shape)
        except Exception as error:  # whatever somebody's network does
            raise ConfigError(f"{config.model}: {step} with the default configuration: {told(error)}") from error
    of_pixels = [] if config.task == "classification" else list(images.shape[2:])
    wanted = [len(images), task.outputs, *of_pixels]
    if found != wanted:
        in_words = "[batch, outputs, height, width]" if of_pixels else "[batch, outputs]"
        raise ConfigError(
            f"{config.model}: of {len(images)} images its logits are {found}; {config.task} takes {wanted}, {in_words}"
        )
