"""Networks of timm and of segmentation-models-pytorch, made to take images of any size and to answer at that size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from cnnmodels.own.zoo import SmpConfig, TimmConfig

_MULTIPLE = 32  # that the deepest of these networks divide an image by


def build_timm(config: TimmConfig, outputs: int) -> nn.Module:
    """A classifier of timm; those with a fixed image size, as most vision transformers, take no other."""
    import timm

    network: nn.Module = timm.create_model(
        config.architecture, pretrained=config.pretrained, num_classes=outputs, in_chans=3, drop_rate=config.dropout
    )
    return network


def build_smp(config: SmpConfig, outputs: int) -> nn.Module:
    """A network of segmentation-models-pytorch for images of any size."""
    import segmentation_models_pytorch as smp

    weights = "imagenet" if config.pretrained else None
    network = getattr(smp, config.architecture)(
        encoder_name=config.encoder, encoder_weights=weights, in_channels=3, classes=outputs
    )
    return Padded(network)


class Padded(nn.Module):
    """Repeats the right and lower edge of images until a network's strides divide them, and cuts its logits back."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        right, below = -width % _MULTIPLE, -height % _MULTIPLE
        padded = functional.pad(images, (0, right, 0, below), mode="replicate") if right or below else images
        logits: Tensor = self.network(padded)[..., :height, :width]  # [batch, outputs, height, width]
        return logits
