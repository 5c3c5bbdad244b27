"""The custom network of study S4: convolutions and max pooling down, transposed convolutions and max unpooling up."""

from __future__ import annotations

from torch import Tensor, nn

from cnnmodels.config import TrialConfig
from cnnmodels.networks.blocks import activation


def build(config: TrialConfig, outputs: int) -> Unpooling:
    """The network of a configuration."""
    return Unpooling(outputs, width=config.width, activation_name=config.activation)


class Unpooling(nn.Module):
    """Six convolutions with stride 2 and two poolings, mirrored by six transposed convolutions and two unpoolings that
    put each value back where the pooling took it from.

    Channels 32-64-128-256-512-1024 at the study's width of 32, kernels 11, 3, 3, 3, 3, 3 down and 3, 3, 3, 7, 3, 12 up.

    Source: study S4, custom net. Its printed sizes do not add up (the poolings are given stride 1 while the size
    halves, and padding 1 does not centre the 7, 11 and 12 pixel kernels). Here every pooling has stride 2 and rounds
    up, every convolution is padded by half its kernel, and each step up returns to the size that its mirror image
    started from; so the structure stays, and any input size works.
    """

    def __init__(self, outputs: int, *, width: int, activation_name: str) -> None:
        super().__init__()
        one, two, four, eight, sixteen, most = (width * 2**level for level in range(6))

        def down(before: int, after: int, kernel: int = 3) -> nn.Sequential:
            convolution = nn.Conv2d(before, after, kernel, stride=2, padding=kernel // 2)
            return nn.Sequential(convolution, activation(activation_name), nn.BatchNorm2d(after))

        self.downs = nn.ModuleList(
            [
                down(3, one, 11),
                down(one, two),
                down(two, four),
                down(four, eight),
                down(eight, sixteen),
                down(sixteen, most),
            ]
        )
        self.pool = nn.MaxPool2d(2, stride=2, ceil_mode=True, return_indices=True)
        self.unpool = nn.MaxUnpool2d(2, stride=2)
        self.ups = nn.ModuleList(
            _Up(before, after, kernel, activation_name)
            for before, after, kernel in (
                (most, sixteen, 3), (sixteen, eight, 3), (eight, four, 3),
                (four, two, 7), (two, one, 3), (one, one, 12),
            )
        )  # fmt: skip
        self.classifier = nn.Conv2d(one, outputs, kernel_size=1)

    def forward(self, images: Tensor) -> Tensor:
        features, sizes, taken = images, [], []
        for number, block in enumerate(self.downs):
            sizes.append(features.shape[-2:])
            features = block(features)
            if number in (1, 3):
                sizes.append(features.shape[-2:])
                features, indices = self.pool(features)
                taken.append(indices)
        for number, up in enumerate(self.ups):
            if number in (2, 4):
                features = self.unpool(features, taken.pop(), output_size=sizes.pop())
            features = up(features, sizes.pop())
        logits: Tensor = self.classifier(features)
        return logits


class _Up(nn.Module):
    """A transposed convolution of stride 2 to a given size, then activation and batch norm."""

    def __init__(self, before: int, after: int, kernel: int, activation_name: str) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(before, after, kernel, stride=2, padding=(kernel - 1) // 2, output_padding=1)
        self.norm = nn.Sequential(activation(activation_name), nn.BatchNorm2d(after))

    def forward(self, features: Tensor, size: tuple[int, int]) -> Tensor:
        scaled = self.up(features)[..., : size[0], : size[1]]  # at most two pixels too many
        normed: Tensor = self.norm(scaled)
        return normed
