"""What networks are built of: activations and initializations by their names, and padding."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


def activation(name: str) -> nn.Module:
    """`relu`, or `leaky_relu` with torch's slope of 0.01."""
    return nn.ReLU(inplace=True) if name == "relu" else nn.LeakyReLU(inplace=True)


def initialize(network: nn.Module, name: str) -> None:
    """`default` leaves torch's own; `xavier` draws all convolutions and linear layers anew.

    Source: Glorot and Bengio 2010, equation 16 (uniform), biases 0, as study S4 initializes.
    """
    if name != "xavier":
        return
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class PadToMultiple(nn.Module):
    """Images [batch, channels, height, width] whose sides a number divides, by repeating the lower and right edge."""

    def __init__(self, multiple: int) -> None:
        super().__init__()
        self.multiple = multiple

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        right, below = -width % self.multiple, -height % self.multiple
        return functional.pad(images, (0, right, 0, below), mode="replicate") if right or below else images
