"""Networks by name. A new network is one file beside these and one line in the table."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from cnnmodels.config import TrialConfig
from cnnmodels.networks.blocks import initialise
from cnnmodels.networks.conv_deconv import ConvDeconv
from cnnmodels.networks.fcn32 import FCN32
from cnnmodels.networks.resnet18 import ResNet18
from cnnmodels.networks.transfer import Transfer
from cnnmodels.networks.unet import UNet
from cnnmodels.networks.unpooling import UnpoolingNet

NETWORKS: dict[str, Callable[[TrialConfig, int], nn.Module]] = {
    "resnet18": lambda knobs, outputs: ResNet18(outputs, width=knobs.width, dropout=knobs.dropout),
    "unet": lambda knobs, outputs: UNet(
        outputs,
        width=knobs.width,
        levels=knobs.levels,
        skip=knobs.skip,
        activation_name=knobs.activation,
        dropout=knobs.dropout,
    ),
    "fcn32": lambda knobs, outputs: FCN32(outputs, width=knobs.width, head=knobs.head),
    "baseline": lambda knobs, outputs: ConvDeconv(outputs, width=knobs.width, activation_name=knobs.activation),
    "custom": lambda knobs, outputs: UnpoolingNet(outputs, width=knobs.width, activation_name=knobs.activation),
    "transfer": lambda knobs, outputs: Transfer(outputs, width=knobs.width, frozen=knobs.frozen),
}


def build(config: TrialConfig, outputs: int) -> nn.Module:
    """The network of a configuration, freshly initialised from torch's global generator.

    Args:
        config: names the network and its knobs.
        outputs: classes, or channels of the output.

    Returns:
        A module from images [batch, 3, height, width] to logits: [batch, outputs] where the task is classification,
        else [batch, outputs, height, width].
    """
    network = NETWORKS[config.model](config, outputs)
    initialise(network, config.initialisation)
    return network
