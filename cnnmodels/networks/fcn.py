"""FCN-32: a ResNet-18 trunk whose coarse prediction is scaled up in one step."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from cnnmodels.networks.resnet import ResNet18Trunk


class FCN32(nn.Module):
    """Trunk, head (1x1 convolution, batch norm, ReLU, 1x1 convolution), bilinear up-sampling by 32 to the input's size.

    The trunk rounds sizes up, so that any input size works.

    Source: Long et al. 2015, "Fully Convolutional Networks", section 4.1 (FCN-32s); trunk and head as in study S2.
    """

    def __init__(self, outputs: int, *, width: int) -> None:
        super().__init__()
        self.trunk = ResNet18Trunk(width)
        self.head = nn.Sequential(
            nn.Conv2d(8 * width, 2 * width, kernel_size=1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(inplace=True),
            nn.Conv2d(2 * width, outputs, kernel_size=1),
        )

    def forward(self, images: Tensor) -> Tensor:
        coarse = self.head(self.trunk(images))  # [batch, outputs, height / 32, width / 32]
        return functional.interpolate(coarse, size=images.shape[-2:], mode="bilinear", align_corners=False)
