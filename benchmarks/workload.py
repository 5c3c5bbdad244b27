"""The 24 short trials that every system of `overhead.py` runs: same network, data, seeds and epochs."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

CHOICES: dict[str, list[Any]] = {
    "lr": [0.0003, 0.001, 0.003],
    "batch_size": [4, 8],
    "optimizer": ["adam", "adamw"],
    "skip": [True, False],
}
FIXED: dict[str, Any] = {"width": 8, "levels": 3}
EPOCHS = 3
DATA: dict[str, Any] = {"name": "streets", "images": 60, "image_size": [48, 64]}
SLOTS = 2


def configurations() -> list[dict[str, Any]]:
    """All 24, in one order."""
    return [dict(zip(CHOICES, values, strict=True)) for values in itertools.product(*CHOICES.values())]


def train(values: dict[str, Any], cache: Path, log: Path) -> Any:
    """Train one configuration with one thread, and yield each epoch's validation mIoU; its seconds go to a log."""
    import torch

    from cnnmodels.config import parse
    from cnnmodels.data import DataSpec, load
    from cnnmodels.training import fit

    torch.set_num_threads(1)
    data = load(DataSpec.model_validate(DATA), cache, "segmentation")
    for result in fit(parse({**FIXED, "epochs": EPOCHS, **values}), data):
        with log.open("a") as file:
            file.write(json.dumps({"seconds": sum(result.seconds.values())}) + "\n")
        yield result.metrics["val_miou"]
