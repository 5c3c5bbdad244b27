"""Small sweeps with real trained networks, written without Ray: folder, record, weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cnnmodels.checkpoint import TrialCheckpoints
from cnnmodels.data import load as load_data
from cnnmodels.training import fit
from reports.records.folder import SweepFolder
from reports.records.record import EpochEnded, Record, SweepEnded, SweepStarted, TrialEnded, TrialStarted
from reports.records.spec import SweepSpec, versions
from search_spaces.loading import load
from tune_jobs.prepare import summary_of

SPACES = {"segmentation": "seg_unet", "classification": "cls_resnet18", "colorization": "color_unet"}
LEVELS = {"segmentation": ["fixed.levels=2"], "colorization": ["fixed.levels=2"], "classification": []}
SIZE = (24, 32)


def trained_sweep(
    storage: Path, cache: Path, task: str, *overrides: str, name: str = "s", epochs: int = 1, trials: int = 1
) -> SweepFolder:
    """A finished sweep of so many trials that differ in their seed, each with its best weights."""
    changes = [f"data.image_size={list(SIZE)}", "fixed.width=8", *LEVELS[task], *overrides]
    space = load(SPACES[task], changes)
    data = load_data(space.data, cache, task)
    folder = SweepFolder(storage / name)
    folder.path.mkdir(parents=True)
    spec = SweepSpec(name=name, command="tune launch", seed=0, versions=versions(), space=space, data=summary_of(data))
    folder.spec_path.write_text(spec.model_dump_json())
    record = Record(folder.record_path)
    record.append(SweepStarted(trials=trials, slots=1))
    for number in range(trials):
        config = space.trial_config(space.default(), seed=number).model_copy(
            update={"epochs": epochs, "batch_size": 4, "scheduler": "none", "optimizer": "adam", "lr": 5e-3}
        )
        _train(record, folder, f"{number:04d}", config, data)
    record.append(SweepEnded(reason="completed"))
    record.close()
    return folder


def _train(record: Record, folder: SweepFolder, trial: str, config: Any, data: Any) -> None:
    checkpoints = TrialCheckpoints(folder.trial_path(trial))
    folder.trial_path(trial).mkdir(parents=True)
    record.append(TrialStarted(trial=trial, config=config.model_dump(mode="json"), node="here", slot=0))
    for result in fit(config, data):
        checkpoints.save(result.checkpoint, best=result.is_best)
        record.append(EpochEnded(trial=trial, epoch=result.epoch, metrics=result.metrics, seconds={"train": 1.0}))
    record.append(TrialEnded(trial=trial, reason="completed"))


def write_photo(path: Path, size: tuple[int, int], seed: int = 0) -> Path:
    """A photo of smooth noise, height by width."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize((size[1], size[0]), Image.Resampling.BICUBIC).save(path)
    return path


def write_red_and_blue(root: Path, splits: dict[str, int]) -> Path:
    """Noise of two colours by class folders, so many of each in each split."""
    rng = np.random.default_rng(0)
    for split, count in splits.items():
        for channel, name in ((0, "red"), (2, "blue")):
            (root / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 150, (24, 32, 3), dtype=np.uint8)
                pixels[..., channel] += 100
                Image.fromarray(pixels).save(root / split / name / f"{number}.png")
    return root


def write_bright_halves(root: Path, splits: dict[str, int]) -> Path:
    """Photos with masks, CamVid's layout: the bright part is class 1, the rest 0, a frame of void around."""
    rng = np.random.default_rng(1)
    for split, count in splits.items():
        for folder in (root / split, root / f"{split}annot"):
            folder.mkdir(parents=True)
        for number in range(count):
            mask = np.zeros((48, 64), dtype=np.uint8)
            mask[:, rng.integers(16, 48) :] = 1
            photo = rng.integers(0, 160, (48, 64, 3), dtype=np.uint8) + 60 * mask[..., None]
            mask[:2] = 255
            Image.fromarray(photo).save(root / split / f"{number}.png")
            Image.fromarray(mask).save(root / f"{split}annot" / f"{number}.png")
    return root


def read_picture(path: Path) -> Image.Image:
    """A picture in memory, its file closed."""
    with Image.open(path) as picture:
        picture.load()
        return picture
