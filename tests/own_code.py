"""A network as a person writes one, for tests of other people's code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cnnmodels.models import MODELS
from cnnmodels.task_table import OWN_TASKS

NETS = """
from typing import Literal

from pydantic import BaseModel, Field
from torch import nn

from strange_layers import layer


class TinyConfig(BaseModel):
    filters: int = Field(
        8, ge=4, le=64, multiple_of=2, description="channels of every layer", json_schema_extra={"unit": "channels"}
    )
    dropout: float = Field(0.1, ge=0, lt=0.9, description="share of the last channels dropped")
    norm: Literal["batch", "none"] = Field("batch", description="what stands behind a convolution")


class TinyNet(nn.Module):
    tasks = {"segmentation"}

    def __init__(self, config: TinyConfig, outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            layer(3, config.filters, config.norm), nn.Dropout2d(config.dropout), nn.Conv2d(config.filters, outputs, 1)
        )

    def forward(self, images):
        return self.layers(images)
"""
LAYERS = """
from torch import nn


def layer(before, after, norm):
    behind = nn.BatchNorm2d(after) if norm == "batch" else nn.ReLU()
    return nn.Sequential(nn.Conv2d(before, after, 3, padding=1), behind)
"""
SPACE = """
task: segmentation
model: strange_nets:TinyNet
data: {name: streets, images: 20, image_size: [24, 32]}
objective: {metric: val_miou, mode: max}
fixed: {batch_size: 4}
search:
  lr: {log_uniform: [1.0e-4, 1.0e-2], default: 1.0e-3}
  filters: {choice: [4, 8, 16]}
  norm: {choice: [batch, none]}
budget: {trials: 2, max_epochs: 1}
"""


def write_own(folder: Path, nets: str = NETS) -> Path:
    """Two modules and a space file that names one of them; the file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "strange_nets.py").write_text(nets)
    (folder / "strange_layers.py").write_text(LAYERS)
    (folder / "mine.yaml").write_text(SPACE)
    return folder / "mine.yaml"


@contextmanager
def forgotten_afterwards() -> Iterator[None]:
    """What the block imports of other people's is not there behind it."""
    rows, tasks, path, modules = dict(MODELS), dict(OWN_TASKS), list(sys.path), set(sys.modules)
    try:
        yield
    finally:
        MODELS.clear()
        MODELS.update(rows)
        OWN_TASKS.clear()
        OWN_TASKS.update(tasks)
        sys.path[:] = path
        for name in [name for name in sys.modules if name not in modules and name.startswith("strange_")]:
            del sys.modules[name]
