"""Pictures of what the best trial predicts, drawn once at the end of a sweep, so that reports need no torch."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnmodels.data import VOID, ImageData
from cnnmodels.data import load as load_data
from reports.sweep_folder import SweepFolder
from search_spaces.schema import SearchSpace
from tune_jobs.asked import write_atomically

_IMAGES = 8
_VOID_COLOR = (128, 128, 128)
_WRONG_COLOR = (213, 94, 0)


def draw_gallery(folder: SweepFolder, space: SearchSpace, cache: Path) -> bool:
    """Write input, truth, prediction and errors of some validation images; False if no weights are left."""
    from cnnmodels.checkpoint import TrialCheckpoints
    from cnnmodels.predict import load_network, predict

    ranked = folder.state().ranked(space.objective.metric, space.objective.mode)
    best = next((trial for trial in ranked if (folder.trial_path(trial.trial) / "best.pt").exists()), None)
    if best is None:
        return False
    checkpoint = TrialCheckpoints(folder.trial_path(best.trial)).load_best()
    data = load_data(space.data, cache)
    chosen = np.linspace(0, len(data.val) - 1, num=min(_IMAGES, len(data.val)), dtype=int)
    images, truths = np.asarray(data.val.images[chosen]), np.asarray(data.val.targets[chosen])
    predictions = predict(load_network(checkpoint), images)
    folder.gallery_path.mkdir(exist_ok=True)
    entries = [
        _draw(folder.gallery_path, f"{number:04d}", image, truth, prediction, data)
        for number, image, truth, prediction in zip(chosen, images, truths, predictions, strict=True)
    ]
    value = best.values(space.objective.metric).get(checkpoint.epoch)
    index = {
        "trial": best.trial,
        "epoch": checkpoint.epoch,
        "metric": space.objective.metric,
        "value": value,
        "images": entries,
        "classes": data.classes,
        "colors": data.colors,
    }
    write_atomically(folder.gallery_path / "gallery.json", json.dumps(index, indent=1))
    return True


def _draw(
    folder: Path,
    name: str,
    image: NDArray[np.uint8],
    truth: NDArray[np.uint8],
    prediction: NDArray[np.uint8],
    data: ImageData,
) -> dict[str, str]:
    picture = image.transpose(1, 2, 0)
    wrong = picture // 3 + 40  # darkened, so that the errors stand out
    wrong[(prediction != truth) & (truth != VOID)] = _WRONG_COLOR
    pictures = {
        "input": picture,
        "truth": _colored(truth, data),
        "prediction": _colored(prediction, data),
        "wrong": wrong,
    }
    for kind, pixels in pictures.items():
        Image.fromarray(np.ascontiguousarray(pixels)).save(folder / f"{name}_{kind}.png")
    return {"name": name, **{kind: f"{name}_{kind}.png" for kind in pictures}}


def _colored(labels: NDArray[np.uint8], data: ImageData) -> NDArray[np.uint8]:
    palette = np.full((256, 3), _VOID_COLOR, dtype=np.uint8)
    palette[: len(data.colors)] = data.colors
    colored: NDArray[np.uint8] = palette[labels]
    return colored
