"""The 24 short trials that every system of `overhead.py` runs: same network, data, seeds and epochs."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.records.state import SweepState

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


def write_space(folder: Path) -> Path:
    """The same as a search space, in a file `space.yaml`."""
    space = {
        "task": "segmentation",
        "model": "unet",
        "data": DATA,
        "objective": {"metric": "val_miou", "mode": "max"},
        "fixed": FIXED,
        "search": {name: {"choice": values, "default": values[0]} for name, values in CHOICES.items()},
        "budget": {"trials": len(configurations()), "max_epochs": EPOCHS, "reduction_factor": None},
    }
    (folder / "space.yaml").write_text(json.dumps(space))
    return folder / "space.yaml"


def first_step(state: SweepState) -> float:
    """When the first epoch of a sweep began to train, in seconds since 1970."""
    epochs = [event for trial in state.trials.values() for event in trial.epochs.values()]
    return min(
        event.time - sum(event.seconds[part] for part in ("train", "validate", "checkpoint")) for event in epochs
    )


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
