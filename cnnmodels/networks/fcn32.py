"""FCN-32: a ResNet-18 trunk whose coarse prediction is scaled up in one step."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from cnnmodels.config import TrialConfig
from cnnmodels.networks.resnet18 import STRIDE, ResNet18Trunk


def build(config: TrialConfig, outputs: int) -> FCN32:
    """The network of a configuration."""
    return FCN32(outputs, width=config.width, head=config.head)


class FCN32(nn.Module):
    """Trunk and one of two heads; the trunk rounds sizes up, so that any input size works.

    `bilinear` is study S2's head: 1x1 convolution, batch norm, ReLU, 1x1 convolution, then interpolation by 32.
    `transposed` is study S0's: one transposed convolution with a 32x32 kernel and stride 32, cut to the input's size.

    Source: Long et al. 2015, "Fully Convolutional Networks", section 4.1 (FCN-32s).
    """

    def __init__(self, outputs: int, *, width: int, head: str) -> None:
        super().__init__()
        self.trunk = ResNet18Trunk(width)
        self.head: nn.Module
        if head == "transposed":
            self.head = nn.ConvTranspose2d(8 * width, outputs, kernel_size=STRIDE, stride=STRIDE)
            return
        self.head = nn.Sequential(
            nn.Conv2d(8 * width, 2 * width, kernel_size=1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(inplace=True),
            nn.Conv2d(2 * width, outputs, kernel_size=1),
        )

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        logits: Tensor = self.head(self.trunk(images))
        if isinstance(self.head, nn.ConvTranspose2d):
            return logits[..., :height, :width]
        return functional.interpolate(logits, size=(height, width), mode="bilinear", align_corners=False)
