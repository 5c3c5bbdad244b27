"""Networks: one file each, and a row in `cnnmodels/models.py` that says where it is built."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from torch import nn

from cnnmodels.config import TrialConfig
from cnnmodels.models import MODELS
from cnnmodels.networks.blocks import initialize


class NetworkBuilder(Protocol):
    """What a row of the table names."""

    def __call__(self, config: TrialConfig, outputs: int) -> nn.Module:
        """A module from images [batch, 3, height, width] to logits: [batch, outputs] where the task is classification,
        else [batch, outputs, height, width]; initialized from torch's global generator."""


def build(config: TrialConfig, outputs: int) -> nn.Module:
    """The network of a configuration, freshly initialized from torch's global generator.

    Args:
        config: names the network and its knobs.
        outputs: classes, or channels of the output.
    """
    module, _, function = MODELS[config.model].builder.partition(":")
    builder: NetworkBuilder = getattr(import_module(module), function)
    network = builder(config, outputs)
    initialize(network, config.initialization)
    return network
