"""The plain convolution-deconvolution baseline of study S4, and the decoder that its transfer network shares."""

from __future__ import annotations

from torch import Tensor, nn

from cnnmodels.config import TrialConfig
from cnnmodels.networks.blocks import activation

Size = tuple[int, int]


def build(config: TrialConfig, outputs: int) -> ConvDeconv:
    """The network of a configuration."""
    return ConvDeconv(outputs, width=config.width, activation_name=config.activation)


class ConvDeconv(nn.Module):
    """Five convolutions down, five transposed convolutions up, a 1x1 classifier; no skip connections.

    3x3, stride 2, padding 1 throughout; ReLU, then batch norm, in the study's order. Channels 32-64-128-256-512 at the
    study's width of 32. Each step up is told the size that the step down had started from, so that any input works.

    Source: study S4, baseline. The study gives the five outputs of the decoder; the first keeps its 512 channels.
    """

    def __init__(self, outputs: int, *, width: int, activation_name: str) -> None:
        super().__init__()
        channels = [width * 2**level for level in range(5)]
        self.encoder = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(before, after, kernel_size=3, stride=2, padding=1),
                activation(activation_name),
                nn.BatchNorm2d(after),
            )
            for before, after in zip([3, *channels[:-1]], channels, strict=True)
        )
        self.decoder = Decoder(channels[-1], width, activation_name)
        self.classifier = nn.Conv2d(width, outputs, kernel_size=1)

    def forward(self, images: Tensor) -> Tensor:
        sizes: list[Size] = []
        features = images
        for block in self.encoder:
            sizes.append((features.shape[-2], features.shape[-1]))
            features = block(features)
        logits: Tensor = self.classifier(self.decoder(features, sizes[::-1]))
        return logits


class Decoder(nn.Module):
    """Five transposed convolutions, 3x3, stride 2: from `channels` to 16, 8, 4, 2 and 1 times `width`."""

    def __init__(self, channels: int, width: int, activation_name: str) -> None:
        super().__init__()
        after = [width * 2**level for level in (4, 3, 2, 1, 0)]
        self.ups = nn.ModuleList(
            nn.ConvTranspose2d(one, other, kernel_size=3, stride=2, padding=1)
            for one, other in zip([channels, *after[:-1]], after, strict=True)
        )
        self.norms = nn.ModuleList(nn.Sequential(activation(activation_name), nn.BatchNorm2d(one)) for one in after)

    def forward(self, features: Tensor, sizes: list[Size]) -> Tensor:
        """Scale up through the given sizes, smallest first."""
        for up, norm, size in zip(self.ups, self.norms, sizes, strict=True):
            features = norm(up(features, output_size=size))
        return features
