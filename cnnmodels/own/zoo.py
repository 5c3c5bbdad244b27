"""Networks of timm and of segmentation-models-pytorch by one line: `model: timm:resnet34`, `model: smp:Unet`.

Both packages are extras; they are imported when such a network is named.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar

from pydantic import BaseModel, Field, create_model, field_validator

from cnnmodels.errors import ConfigError
from cnnmodels.models import Model


class TimmConfig(BaseModel):
    """The knobs of a network of timm."""

    architecture: ClassVar[str]
    dropout: float = Field(0.0, ge=0, lt=1, description="share of the last features dropped in training")
    pretrained: bool = Field(False, description="start from timm's trained weights, which it downloads")


class SmpConfig(BaseModel):
    """The knobs of a network of segmentation-models-pytorch."""

    architecture: ClassVar[str]
    encoder: str = Field("resnet34", min_length=1, description="encoder; tu-NAME is one of timm's")
    pretrained: bool = Field(False, description="start the encoder from ImageNet's weights, which it downloads")

    @field_validator("encoder")
    @classmethod
    def _known(cls, encoder: str) -> str:
        from segmentation_models_pytorch.encoders import get_encoder_names

        known = get_encoder_names()
        if encoder not in known and not encoder.startswith("tu-"):
            near = get_close_matches(encoder, known, n=3) or known[:3]
            raise ValueError(f"no such encoder; near are {', '.join(near)}")
        return encoder


@dataclass(frozen=True)
class _Package:
    module: str
    name: str  # as pip has it
    tasks: frozenset[str]
    builder: str
    config: type[BaseModel]
    architectures: Callable[[Any], list[str]]


def _smp_architectures(smp: Any) -> list[str]:
    return [name for name in vars(smp) if hasattr(getattr(smp, name), "requires_divisible_input_shape")]


_PACKAGES = {
    "timm": _Package(
        "timm",
        "timm",
        frozenset({"classification"}),
        "cnnmodels.networks.zoo:build_timm",
        TimmConfig,
        lambda timm: list(timm.list_models()),
    ),
    "smp": _Package(
        "segmentation_models_pytorch",
        "segmentation-models-pytorch",
        frozenset({"segmentation", "colorization"}),
        "cnnmodels.networks.zoo:build_smp",
        SmpConfig,
        _smp_architectures,
    ),
}


def package_of(name: str) -> str | None:
    """The module of the package that a model's name stands for (`timm:...`, `smp:...`); None for any other name."""
    found = _PACKAGES.get(name.partition(":")[0]) if ":" in name else None
    return found.module if found else None


def zoo_row(name: str) -> Model:
    """The row of a network of one of the two packages.

    Raises:
        ConfigError: the package is not installed, or has no such network.
    """
    extra, _, architecture = name.partition(":")
    package = _PACKAGES[extra]
    if importlib.util.find_spec(package.module) is None:
        raise ConfigError(f"{name}: needs {package.name}: pip install '.[{extra}]'")
    known = package.architectures(importlib.import_module(package.module))
    if architecture not in known:
        close = get_close_matches(architecture, known, n=3)
        guess = f"; did you mean {' or '.join(f'{extra}:{one}' for one in close)}?" if close else ""
        raise ConfigError(f"{name}: {package.name} has no such network{guess}")
    config: Any = create_model(package.config.__name__, __base__=package.config)
    config.architecture = architecture
    defaults = {knob: field.default for knob, field in config.model_fields.items()}
    return Model(package.tasks, frozenset(defaults), package.builder, defaults, config)
