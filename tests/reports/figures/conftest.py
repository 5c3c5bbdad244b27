"""Sweeps of which, together, every figure can be drawn."""

from __future__ import annotations

import pytest

from reports.analysis.view import SweepView
from tests.reports.sweeps import DOCUMENT, add_gallery, write_ablation, write_sweep

TWO_OBJECTIVES = [{"metric": "val_miou", "mode": "max"}, {"metric": "train_loss", "mode": "min"}]


@pytest.fixture(scope="session")
def views(tmp_path_factory) -> dict[str, SweepView]:
    storage = tmp_path_factory.mktemp("storage")
    found = {
        "empty": write_sweep(storage / "empty", trials=0),
        "pruning": write_sweep(storage / "pruning", trials=30, failing=0.1),
        "two objectives": write_sweep(
            storage / "two", trials=30, space={**DOCUMENT["space"], "objective": TWO_OBJECTIVES}
        ),
        "random": write_sweep(
            storage / "random",
            trials=12,
            space={**DOCUMENT["space"], "budget": {**DOCUMENT["space"]["budget"], "sampler": "random"}},
        ),
        "classification": write_sweep(storage / "classification", trials=3),
        "ablation": write_ablation(
            storage / "ablation",
            {
                "best": ({"lr": 0.01}, [0.50, 0.51, 0.52]),
                "lr": ({}, [0.40, 0.41, 0.42]),
                "skip": ({"lr": 0.01, "skip": False}, [0.40, 0.60, 0.53]),
            },
        ),
    }
    add_gallery(found["classification"], task="classification", confusion=[[3, 1, 0], [0, 4, 0], [0, 0, 0]])
    return {name: SweepView(folder) for name, folder in found.items()}
