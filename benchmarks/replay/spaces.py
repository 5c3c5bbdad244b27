"""The two small real tasks whose learning curves are kept: their images, their spaces and their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search_spaces.schema import SearchSpace

EPOCHS = 27
_CHANGES = ["flip", "flip+shift", "flip+shift+zoom", "flip+shift+zoom+color"]


@dataclass(frozen=True)
class CurveTask:
    """One task: a folder of images, how many of them are used, and what is varied."""

    name: str  # of the folder as well
    train_images: int
    val_images: int
    document: dict[str, Any]  # a search-space file, but for the path of its images

    def space(self, images: Path) -> SearchSpace:
        """The space over the images under a folder, which need not be there to replay."""
        data = {**self.document["data"], "path": str(images / self.name)}
        return SearchSpace.model_validate({**self.document, "name": self.name, "data": data})


def _search(batches: list[int], default_batch: int, smoothing: float, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "lr": {"log_uniform": [1e-4, 3e-2], "default": 4e-3},
        "batch_size": {"choice": batches, "default": default_batch},
        "optimizer": {"choice": ["adamw", "adam", "sgd"], "default": "adamw"},
        "momentum": {"uniform": [0.0, 0.99], "default": 0.9, "when": {"optimizer": "sgd"}},
        "weight_decay": {"log_uniform": [1e-6, 1e-1], "default": 1e-2},
        "scheduler": {"choice": ["none", "step", "linear", "cosine", "one_cycle"], "default": "one_cycle"},
        "warmup_epochs": {"choice": [0, 1, 2], "default": 1, "when": {"scheduler": ["linear", "cosine"]}},
        "augmentation": {"choice": ["none", *_CHANGES], "default": "flip+shift"},
        "augmentation_strength": {"uniform": [0.2, 1.0], "default": 0.5, "when": {"augmentation": _CHANGES}},
        "weight_average": {"choice": ["none", "ema"], "default": "none"},
        "label_smoothing": {"choice": [0.0, 0.1], "default": smoothing},
        "gradient_clip": {"choice": [None, 1.0]},
        **more,
    }


_SEGMENTATION = {
    "region_loss": {"choice": ["none", "dice"], "default": "none"},
    "class_weights": {"choice": ["none", "median"], "default": "none"},
    "skip": {"choice": [True, False], "default": True},
}
_CLASSIFICATION = {
    "mixing": {"choice": ["none", "cutmix"], "default": "none"},
    "dropout": {"choice": [0.0, 0.2], "default": 0.0},
}

TASKS: dict[str, CurveTask] = {
    "camvid": CurveTask(
        "camvid",
        train_images=60,
        val_images=40,
        document={
            "task": "segmentation",
            "model": "unet",
            "data": {"image_size": [32, 40]},
            "objective": {"metric": "val_miou", "mode": "max"},
            "fixed": {"width": 8, "levels": 4},
            "search": _search([4, 8, 16], 4, 0.0, _SEGMENTATION),
            "budget": {"max_epochs": EPOCHS},
        },
    ),
    "streetpatches": CurveTask(
        "streetpatches",
        train_images=320,
        val_images=200,
        document={
            "task": "classification",
            "model": "resnet18",
            "data": {"image_size": [24, 24]},
            "objective": {"metric": "val_accuracy", "mode": "max"},
            "fixed": {"width": 8},
            "search": _search([16, 32, 64], 32, 0.1, _CLASSIFICATION),
            "budget": {"max_epochs": EPOCHS},
        },
    ),
}
