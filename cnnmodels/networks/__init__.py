"""Networks by name. A new network is one file beside these and one line in the table."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from cnnmodels.config import TrialConfig
from cnnmodels.networks.fcn import FCN32
from cnnmodels.networks.unet import UNet

NETWORKS: dict[str, Callable[[TrialConfig, int], nn.Module]] = {
    "unet": lambda config, outputs: UNet(outputs, width=config.width, levels=config.levels, skip=config.skip),
    "fcn32": lambda config, outputs: FCN32(outputs, width=config.width),
}


def build(config: TrialConfig, outputs: int) -> nn.Module:
    """The network of a configuration, freshly initialised from torch's global generator.

    Args:
        config: names the network and its knobs.
        outputs: channels of the output, for segmentation the number of classes.

    Returns:
        A module from images [batch, 3, height, width] to logits [batch, outputs, height, width].
    """
    return NETWORKS[config.model](config, outputs)
