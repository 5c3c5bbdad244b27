"""The table of networks: what each one is for, which knobs it has, and where it is built. Knows no torch.

A new network is one file under `cnnmodels/networks/` and one row here. One of somebody's own, which a space file names,
gets its row when it is imported (own/networks.py); another package may add its row at run time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel


@dataclass(frozen=True)
class Model:
    """One row."""

    tasks: frozenset[str]
    knobs: frozenset[str]  # the fields of TrialConfig that its builder reads, beside those that every run has
    builder: str  # `module:function`, a NetworkBuilder; imported when a network is built, since it needs torch
    defaults: Mapping[str, Any] = field(default_factory=dict)  # of its knobs, where they are not those of TrialConfig
    config: type[BaseModel] | None = None  # of somebody's own network: its fields are the knobs, its builder takes it


MODELS: dict[str, Model] = {
    "resnet18": Model(
        tasks=frozenset({"classification"}),
        knobs=frozenset({"width", "stem_stride", "dropout", "initialization", "backbone", "frozen"}),
        builder="cnnmodels.networks.resnet18:build",
        defaults={"backbone": "random", "frozen": False},
    ),
    "unet": Model(
        tasks=frozenset({"segmentation", "colorization"}),
        knobs=frozenset({"levels", "width", "skip", "activation", "dropout", "initialization"}),
        builder="cnnmodels.networks.unet:build",
    ),
    "fcn32": Model(
        tasks=frozenset({"segmentation"}),
        knobs=frozenset({"width", "head", "initialization"}),
        builder="cnnmodels.networks.fcn32:build",
    ),
    "conv_deconv": Model(
        tasks=frozenset({"segmentation"}),
        knobs=frozenset({"width", "activation", "initialization"}),
        builder="cnnmodels.networks.conv_deconv:build",
    ),
    "unpooling": Model(
        tasks=frozenset({"segmentation"}),
        knobs=frozenset({"width", "activation", "initialization"}),
        builder="cnnmodels.networks.unpooling:build",
    ),
    "transfer": Model(
        tasks=frozenset({"segmentation"}),
        knobs=frozenset({"width", "backbone", "frozen"}),
        builder="cnnmodels.networks.transfer:build",
    ),
}
