"""What several networks are built of: activations and initializations by their names."""

from __future__ import annotations

from torch import nn


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
