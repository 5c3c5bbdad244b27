"""Made-up sweeps of any size, written through the real record, for tests of what people look at."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from reports.records.folder import SweepFolder
from reports.records.record import (
    Cut,
    EpochEnded,
    Note,
    Record,
    SweepEnded,
    SweepStarted,
    TrialEnded,
    TrialStarted,
    Yardstick,
    YardsticksMeasured,
    finite,
)
from reports.records.spec import SweepSpec

CLASSES = ["road", "pole", "car"]
DEFAULTS = {"lr": 1e-3, "optimizer": "adam", "momentum": 0.9, "skip": True, "epochs": 9, "model": "unet"}
DOCUMENT: dict[str, Any] = {
    "name": "made-up",
    "created": 1_795_000_000.0,
    "command": "tune launch seg_unet --name made-up",
    "source": "seg_unet",
    "seed": 0,
    "versions": {"cnn-tune": "0.1.0", "ray": "2.60.0"},
    "space": {
        "name": "seg_unet",
        "task": "segmentation",
        "model": "unet",
        "description": "U-Net on street scenes",
        "data": {"name": "streets", "path": None, "image_size": [96, 128]},
        "objective": {"metric": "val_miou", "mode": "max"},
        "fixed": {"width": 16},
        "search": {
            "lr": {"log_uniform": [1e-4, 1e-2], "default": 1e-3},
            "optimizer": {"choice": ["adam", "sgd"]},
            "momentum": {"uniform": [0.8, 0.99], "when": {"optimizer": "sgd"}},
            "skip": {"choice": [True, False]},
        },
        "budget": {"trials": 24, "max_epochs": 9, "grace_epochs": 1, "reduction_factor": 3, "patience": None},
        "resources": {"cpus": 1, "gpus": "auto"},
        "reference": [{"source": "S0", "label": "U-Net", "val_miou": 0.528}],
    },
    "data": {
        "layout": "generated street scenes",
        "fingerprint": "0",
        "classes": CLASSES,
        "colors": [[128, 64, 128], [153, 153, 153], [0, 0, 142]],
        "counts": {"train": 240, "val": 60},
        "image_size": [96, 128],
    },
}

NOTHING = (
    Yardstick(
        name="the most frequent class (road)",
        metrics={"val_miou": 0.1, "val_pixel_accuracy": 0.3, "val_macro_jaccard": 0.09},
    ),
)
SPEC = SweepSpec.model_validate(DOCUMENT)


def spec_with(**space: Any) -> SweepSpec:
    """The made-up sweep with other parts of its space."""
    return SweepSpec.model_validate({**DOCUMENT, "space": {**DOCUMENT["space"], **space}})


def write_sweep(path: Path, trials: int, *, failing: float = 0.0, ended: bool = True, **spec: Any) -> SweepFolder:
    """A sweep of so many finished trials; every third one runs to its end, the others are pruned."""
    path.mkdir(parents=True)
    folder = SweepFolder(path)
    folder.spec_path.write_text(json.dumps({**DOCUMENT, "name": path.name, **spec}))
    record = Record(folder.record_path)
    randomness, clock = random.Random(0), DOCUMENT["created"]
    record.append(SweepStarted(time=clock, trials=max(trials, 1), slots=2))
    record.append(YardsticksMeasured(time=clock, rows=NOTHING))
    for number in range(trials):
        clock = _write_trial(record, number, clock, randomness, failing)
    if ended:
        record.append(SweepEnded(time=clock, reason="completed"))
    record.close()
    return folder


def _write_trial(record: Record, number: int, clock: float, randomness: random.Random, failing: float) -> float:
    name = f"{number:04d}"
    lr, optimizer = 10 ** randomness.uniform(-4, -2), randomness.choice(["adam", "sgd"])
    config = DEFAULTS if number == 0 else {**DEFAULTS, "lr": lr, "optimizer": optimizer, "skip": number % 4 != 0}
    record.append(TrialStarted(time=clock, trial=name, config=config, node="laptop", slot=number % 2))
    if number and randomness.random() < failing:
        error = "ValueError: Expected more than 1 value per channel\nTraceback (most recent call last):\n  ..."
        record.append(TrialEnded(time=clock, trial=name, reason="failed", error=error))
        return clock
    height = 0.5 - 0.1 * abs(math.log10(config["lr"]) + 2.5) + randomness.gauss(0, 0.02)
    last = 9 if number % 3 == 0 else randomness.choice([1, 3])
    for epoch in range(1, last + 1):
        clock += 5
        value = max(0.01, height * (1 - math.exp(-epoch / 3)))
        metrics = {"val_miou": value, "train_loss": 1 - value, "val_loss": 1.1 - value, "train_eval_loss": 0.9 - value}
        metrics["train_miou"] = min(1.0, 1.2 * value)
        metrics |= {f"val_iou_{one}": value * (1 - 0.3 * place) for place, one in enumerate(CLASSES)}
        seconds = {"train": 4.0, "validate": 0.8, "checkpoint": 0.1, "other": 0.1}
        record.append(EpochEnded(time=clock, trial=name, epoch=epoch, metrics=metrics, seconds=seconds))
    cut = None if last == 9 else Cut(rung=last, value=0.1, cutoff=0.2, seen=5)
    record.append(TrialEnded(time=clock, trial=name, reason="completed" if last == 9 else "pruned", cut=cut))
    return clock


def write_knobs(path: Path, trials: int) -> SweepFolder:
    """A sweep whose trials all ran to their end; with skip, every second of them is better by ten spreads of a seed."""
    folder = write_sweep(path, trials=0)
    record, randomness = Record(folder.record_path), random.Random(0)
    for number in range(trials):
        name, skip = f"{number:04d}", number % 2 == 0
        drawn = {"lr": 10 ** randomness.uniform(-4, -2), "optimizer": randomness.choice(["adam", "sgd"]), "skip": skip}
        config = {**DEFAULTS, **(drawn if number else {})}
        record.append(TrialStarted(trial=name, config=config, node="laptop", slot=0))
        metrics = {"val_miou": 0.5 + 0.1 * skip + randomness.gauss(0, 0.01), "train_loss": 1.0, "val_loss": 1.0}
        for epoch in range(1, 10):
            record.append(EpochEnded(trial=name, epoch=epoch, metrics=metrics, seconds={"train": 1.0}))
        record.append(TrialEnded(trial=name, reason="completed"))
    record.close()
    return folder


def write_ablation(path: Path, variants: dict[str, tuple[dict[str, Any], list[float]]]) -> SweepFolder:
    """A finished ablation of a sweep `s`: of each label what it changes, and its values with seeds 0, 1, ..."""
    plan = [
        {"label": label, "config": {**DEFAULTS, **changes, "seed": seed}}
        for label, (changes, values) in variants.items()
        for seed in range(len(values))
    ]
    folder = write_sweep(path, trials=0, plan=plan, ablation_of="s")
    record = Record(folder.record_path)
    record.append(SweepStarted(trials=len(plan), slots=2))
    values = [value for _, of_variant in variants.values() for value in of_variant]
    for number, (planned, value) in enumerate(zip(plan, values, strict=True)):
        name = f"{number:04d}"
        record.append(TrialStarted(trial=name, config=planned["config"], node="n", slot=0))
        record.append(EpochEnded(trial=name, epoch=1, metrics=finite({"val_miou": value}), seconds={"train": 1}))
        record.append(TrialEnded(trial=name, reason="completed"))
    record.close()
    return folder


def add_gallery(folder: SweepFolder, **more: Any) -> None:
    """Pictures beside a made-up sweep; `more` stands in their index as well."""
    folder.gallery_path.mkdir()
    kinds = ("input", "truth", "prediction", "wrong")
    for kind in kinds:
        pixels = np.random.default_rng(0).integers(0, 255, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder.gallery_path / f"0000_{kind}.png")
    rows = [{"caption": "validation image 0", "pictures": {kind: f"0000_{kind}.png" for kind in kinds}}]
    index = {"trial": "0000", "epoch": 9, "task": "segmentation", "columns": list(kinds), "rows": rows}
    colors = DOCUMENT["data"]["colors"]
    (folder.gallery_path / "gallery.json").write_text(
        json.dumps({**index, "classes": CLASSES, "colors": colors, **more})
    )


def add_note(folder: SweepFolder, text: str) -> None:
    record = Record(folder.record_path)
    record.append(Note(text=text))
    record.close()
