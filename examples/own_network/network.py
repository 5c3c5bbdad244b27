"""A network of one's own: dilated 3x3 convolutions, which see far without losing resolution."""

from typing import Literal

from pydantic import BaseModel, Field
from torch import Tensor, nn


class DilatedConfig(BaseModel):
    """Each field is a knob: its range is checked, its default is what the first trial takes."""

    filters: int = Field(
        16, ge=4, le=128, description="channels of every layer", json_schema_extra={"unit": "channels"}
    )
    depth: int = Field(4, ge=1, le=6, description="layers, each of which sees twice as far as the one before")
    norm: Literal["batch", "none"] = Field("batch", description="what stands behind each convolution")


class Dilated(nn.Module):
    tasks = ("segmentation",)  # what it is for; left out, it is offered for every task

    def __init__(self, config: DilatedConfig, outputs: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for layer in range(config.depth):
            reach = 2**layer
            layers.append(nn.Conv2d(channels, config.filters, kernel_size=3, padding=reach, dilation=reach))
            if config.norm == "batch":
                layers.append(nn.BatchNorm2d(config.filters))
            layers.append(nn.ReLU())
            channels = config.filters
        self.layers = nn.Sequential(*layers)
        self.classifier = nn.Conv2d(channels, outputs, kernel_size=1)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.layers(images))  # [batch, outputs, height, width]
        return logits
