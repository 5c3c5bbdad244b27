"""U-Net, with and without its skip connections."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnmodels.config import TrialConfig
from cnnmodels.networks.blocks import PadToMultiple, activation


def build(config: TrialConfig, outputs: int) -> UNet:
    """The network of a configuration."""
    return UNet(
        outputs,
        width=config.width,
        levels=config.levels,
        skip=config.skip,
        activation_name=config.activation,
        dropout=config.dropout,
    )


class UNet(nn.Module):
    """An encoder and a decoder of equal depth, joined at each resolution.

    Two 3x3 convolutions (padding 1, so that the size stays; batch norm, ReLU) a level, 2x2 max pooling down, 2x2
    transposed convolution up, concatenation, a 1x1 classifier. Without skip connections the decoder gets zeros where
    the encoder's half would stand, so that both variants have the same parameters. An input that the poolings do not
    divide is padded at its right and lower edge by repeating them; the logits are cut back.

    Source: Ronneberger et al. 2015, "U-Net", section 2; padding 1 as in study S2, batch norm as in study S4.
    """

    def __init__(
        self, outputs: int, *, width: int, levels: int, skip: bool, activation_name: str = "relu", dropout: float = 0.0
    ) -> None:
        super().__init__()
        channels = [width * 2**level for level in range(levels)]
        self.skip = skip
        self.pad = PadToMultiple(2 ** (levels - 1))
        self.encoder = nn.ModuleList(
            _double_convolution(before, after, activation_name)
            for before, after in zip([3, *channels[:-1]], channels, strict=True)
        )
        self.ups = nn.ModuleList(
            nn.ConvTranspose2d(below, here, kernel_size=2, stride=2)
            for below, here in zip(channels[:0:-1], channels[-2::-1], strict=True)
        )
        self.decoder = nn.ModuleList(_double_convolution(2 * here, here, activation_name) for here in channels[-2::-1])
        self.dropout = nn.Dropout2d(dropout)
        self.classifier = nn.Conv2d(width, outputs, kernel_size=1)

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        features = self.pad(images)
        passed = []
        for level, block in enumerate(self.encoder):
            features = block(features if level == 0 else functional.max_pool2d(features, 2))
            passed.append(features)
        features = self.dropout(features)
        for up, block, skipped in zip(self.ups, self.decoder, passed[-2::-1], strict=True):
            beside = skipped if self.skip else torch.zeros_like(skipped)
            features = block(torch.cat([beside, up(features)], dim=1))
        logits: Tensor = self.classifier(features)[..., :height, :width]  # [batch, outputs, height, width]
        return logits


def _double_convolution(before: int, after: int, activation_name: str) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        activation(activation_name),
        nn.Conv2d(after, after, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        activation(activation_name),
    )
