"""Networks: one file each, and a row in `cnnmodels/models.py` that says where it is built."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

import torch
from torch import nn

from cnnmodels.config import TrialConfig
from cnnmodels.models import MODELS
from cnnmodels.networks.blocks import initialize


class NetworkBuilder(Protocol):
    """What a row of the table names."""

    def __call__(self, config: Any, outputs: int) -> nn.Module:
        """A module from images [batch, 3, height, width] to logits: [batch, outputs] where the task is classification,
        else [batch, outputs, height, width]; initialized from torch's global generator. The configuration is a
        TrialConfig, or, where the row has one, the network's own."""


def build(config: TrialConfig, outputs: int) -> nn.Module:
    """The network of a configuration, freshly initialized from torch's global generator.

    Args:
        config: names the network and its knobs.
        outputs: classes, or channels of the output.
    """
    row = MODELS[config.model]
    module, _, function = row.builder.partition(":")
    builder: NetworkBuilder = getattr(import_module(module), function)
    if row.config is not None:
        own = row.config.model_validate({name: getattr(config, name) for name in row.config.model_fields})
        return builder(own, outputs)
    network = builder(config, outputs)
    initialize(network, config.initialization)
    return network


def parameters_of(config: TrialConfig, outputs: int) -> int:
    """Numbers that the network of a configuration learns or holds frozen; one of ours is counted, not made."""
    with torch.device("meta" if MODELS[config.model].config is None else "cpu"):
        return sum(one.numel() for one in build(config, outputs).parameters())
