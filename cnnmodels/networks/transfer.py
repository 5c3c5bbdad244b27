"""Transfer: a ResNet-18 trunk trained elsewhere, frozen or not, under a decoder that is trained here."""

from __future__ import annotations

from torch import Tensor, nn

from cnnmodels.config import TrialConfig
from cnnmodels.networks.conv_deconv import Decoder, Size
from cnnmodels.networks.resnet18 import ResNet18Trunk


def build(config: TrialConfig, outputs: int) -> Transfer:
    """The network of a configuration."""
    return Transfer(outputs, width=config.width, frozen=config.frozen)


class Transfer(nn.Module):
    """ResNet-18 without its classifier, five transposed convolutions 512-256-128-64-32, a 1x1 classifier.

    A frozen trunk gets no gradient and keeps the statistics of its batch norms. Where its weights come from is the
    business of `cnnmodels/backbone.py`.

    Source: study S4, ResNet-18 transfer (3x3, stride 2, batch norm).
    """

    def __init__(self, outputs: int, *, width: int, frozen: bool) -> None:
        super().__init__()
        self.trunk = ResNet18Trunk(width)
        self.frozen = frozen
        self.trunk.requires_grad_(not frozen)
        self.decoder = Decoder(8 * width, width // 2, "relu")
        self.classifier = nn.Conv2d(width // 2, outputs, kernel_size=1)

    def train(self, mode: bool = True) -> Transfer:
        super().train(mode)
        if self.frozen:
            self.trunk.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        sizes: list[Size] = [(images.shape[-2], images.shape[-1])]
        for _ in range(4):
            sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
        logits: Tensor = self.classifier(self.decoder(self.trunk(images), sizes[::-1]))
        return logits
