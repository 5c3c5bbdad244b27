"""Where a transferred trunk's weights come from: ImageNet through torchvision, a file, or a sweep of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from cnnmodels.checkpoint import UNREADABLE, reason_of
from cnnmodels.config import TrialConfig
from cnnmodels.errors import DataError
from cnnmodels.networks.resnet18 import ResNet18Trunk
from cnnmodels.networks.transfer import Transfer

IMAGENET = "imagenet"
RANDOM = "random"


def load_backbone(network: nn.Module, config: TrialConfig) -> None:
    """Fill the trunk of a fresh network that has one of ResNet-18; other networks have none.

    Raises:
        DataError: there are no such weights, or they are of another network.
    """
    trunk = network.trunk if isinstance(network, Transfer) else network
    if not isinstance(trunk, ResNet18Trunk) or config.backbone == RANDOM:
        return
    weights = imagenet_weights() if config.backbone == IMAGENET else file_weights(Path(config.backbone))
    _fill(trunk, weights, config)


def imagenet_weights() -> dict[str, Any]:
    """torchvision's ResNet-18 weights, downloaded once where there is a network.

    Raises:
        DataError: they are neither on this machine nor to be had.
    """
    from torchvision.models import ResNet18_Weights

    try:
        weights: dict[str, Any] = ResNet18_Weights.IMAGENET1K_V1.get_state_dict(
            progress=False, check_hash=True, weights_only=True
        )
    except UNREADABLE as error:
        raise DataError(
            f"backbone: no ImageNet weights on this machine, and they cannot be downloaded ({reason_of(error)}). "
            "Give a file with --weights resnet18.pth, or take the best trial of a classification sweep of your own "
            "with --set fixed.backbone=sweep:NAME"
        ) from None
    return weights


def file_weights(path: Path) -> dict[str, Any]:
    """The weights in a file: a state_dict of torchvision's ResNet-18, or a checkpoint of ours.

    Raises:
        DataError: the file is missing or holds no weights.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise DataError(f"backbone: {path}: no such file") from None
    except UNREADABLE as error:
        raise DataError(f"backbone: {path}: not a file of weights ({reason_of(error)})") from None
    weights = (content.get("averaged") or content.get("network", content)) if isinstance(content, dict) else None
    if not isinstance(weights, dict) or "conv1.weight" not in weights:
        raise DataError(f"backbone: {path}: holds no ResNet-18 (no conv1.weight in it)")
    return weights


def _fill(trunk: ResNet18Trunk, weights: dict[str, Any], config: TrialConfig) -> None:
    wanted = {name for name in trunk.state_dict() if not name.startswith("fc.")}  # classes of another task
    width = len(weights["conv1.weight"])
    if width != config.width:
        raise DataError(
            f"backbone: {config.backbone} has width {width}, the network has {config.width}; set fixed.width to {width}"
        )
    missing = [name for name in wanted if name not in weights]
    if missing:
        raise DataError(f"backbone: {config.backbone} has no {missing[0]}; it is no ResNet-18")
    trunk.load_state_dict({name: weights[name] for name in wanted}, strict=False)
