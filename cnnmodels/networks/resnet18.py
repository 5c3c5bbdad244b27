"""ResNet-18, and its trunk: everything before the classifier."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from cnnmodels.config import TrialConfig

STRIDE = 32  # input pixels to an output pixel, along each side


class ResNet18Trunk(nn.Module):
    """Four stages of two basic blocks; parameters named as torchvision's, so that its weights load.

    Maps images [batch, 3, height, width] to features [batch, 8 * width, ceil(height / 32), ceil(width / 32)]. A width
    of 64 is the network of the paper.

    A stem stride below 4 is for small images, of which the paper's four-fold shrinking in the first two layers leaves
    nothing to see: 2 goes without the pooling, 1 without the stride as well, as CIFAR's networks do (the paper, 4.2).
    The weights have the same shapes for all three; features are 2 or 4 times as large along each side.

    Source: He et al. 2016, "Deep Residual Learning for Image Recognition", table 1, 18 layers.
    """

    def __init__(self, width: int = 64, stem_stride: int = 4) -> None:
        super().__init__()
        self.pools = stem_stride == 4
        self.conv1 = nn.Conv2d(3, width, kernel_size=7, stride=min(stem_stride, 2), padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = nn.Sequential(BasicBlock(width, width, 1), BasicBlock(width, width, 1))
        self.layer2 = nn.Sequential(BasicBlock(width, 2 * width, 2), BasicBlock(2 * width, 2 * width, 1))
        self.layer3 = nn.Sequential(BasicBlock(2 * width, 4 * width, 2), BasicBlock(4 * width, 4 * width, 1))
        self.layer4 = nn.Sequential(BasicBlock(4 * width, 8 * width, 2), BasicBlock(8 * width, 8 * width, 1))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        features = functional.relu(self.bn1(self.conv1(images)), inplace=True)
        if self.pools:
            features = functional.max_pool2d(features, kernel_size=3, stride=2, padding=1)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            features = stage(features)
        return features


def build(config: TrialConfig, outputs: int) -> ResNet18:
    """The network of a configuration."""
    return ResNet18(
        outputs, width=config.width, stem_stride=config.stem_stride, dropout=config.dropout, frozen=config.frozen
    )


class ResNet18(ResNet18Trunk):
    """The trunk, global average pooling, dropout, a linear classifier: images to logits [batch, outputs].

    With a width of 64 and no dropout it is torchvision's network, parameter for parameter.

    Source: He et al. 2016, as above; from scratch in studies S0 to S3. A frozen trunk gets no gradient and keeps the
    statistics of its batch norms.
    """

    def __init__(
        self, outputs: int, *, width: int = 64, stem_stride: int = 4, dropout: float = 0.0, frozen: bool = False
    ) -> None:
        super().__init__(width, stem_stride)
        self.frozen = frozen
        self.requires_grad_(not frozen)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(8 * width, outputs)

    def train(self, mode: bool = True) -> ResNet18:
        super().train(mode)
        if self.frozen:
            for trunk in (self.bn1, self.layer1, self.layer2, self.layer3, self.layer4):
                trunk.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        pooled = super().forward(images).mean((2, 3))  # [batch, 8 * width]
        logits: Tensor = self.fc(self.dropout(pooled))
        return logits


class BasicBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut, which is projected where the shape changes (paper, figure 2)."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.stride = stride
        self.downsample = (
            nn.Sequential(nn.Conv2d(before, after, kernel_size=1, bias=False), nn.BatchNorm2d(after))
            if stride != 1 or before != after
            else None
        )

    def forward(self, features: Tensor) -> Tensor:
        # Sliced, not strided: oneDNN writes past its memory in strided 1x1 convolutions of fewer than 8 channels.
        sliced = features[..., :: self.stride, :: self.stride]
        shortcut = features if self.downsample is None else self.downsample(sliced)
        features = functional.relu(self.bn1(self.conv1(features)), inplace=True)
        features = self.bn2(self.conv2(features))
        return functional.relu(features + shortcut, inplace=True)
