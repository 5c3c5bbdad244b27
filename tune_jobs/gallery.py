"""Pictures of what the best trial predicts, drawn once at the end of a sweep, so that reports need no torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnmodels.data import VOID, ImageData
from cnnmodels.data import load as load_data
from reports.records.atomic_write import write_atomically
from reports.records.folder import SweepFolder
from reports.records.state import TrialState
from search_spaces.schema import SearchSpace

_IMAGES = 8
_CONFUSIONS = 6  # pairs of classes that are shown with pictures
_VOID_COLOR = (128, 128, 128)
_WRONG_COLOR = (213, 94, 0)
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class _Row:
    """One line of the gallery: its caption, and a picture for each column."""

    caption: str
    pictures: dict[str, Pixels]  # [height, width, 3]


def draw_gallery(folder: SweepFolder, space: SearchSpace, cache: Path) -> bool:
    """Write what the best trial makes of validation images; False if no weights are left to predict with."""
    from cnnmodels.checkpoint import TrialCheckpoints
    from cnnmodels.predict import predict

    state = folder.state()
    ranked = state.ranked(space.objective.metric, space.objective.mode)
    winner = state.confirmed.trial if state.confirmed else None
    ranked.sort(key=lambda trial: trial.trial != winner)
    kept = [trial for trial in ranked if (folder.trial_path(trial.trial) / "best.pt").exists()]
    if not kept:
        return False
    best = kept[0]
    checkpoint = TrialCheckpoints(folder.trial_path(best.trial)).load_best()
    data = load_data(space.data, cache, space.task)
    index: dict[str, Any] = {"trial": best.trial, "epoch": checkpoint.epoch, "task": space.task}
    if space.task == "classification":
        predictions = predict(checkpoint, data, np.asarray(data.val.images))
        matrix = _confusion(predictions, data)
        rows = _confused(predictions, matrix, data)
        index["confusion"] = matrix.tolist()
    else:
        chosen = np.linspace(0, len(data.val) - 1, num=min(_IMAGES, len(data.val)), dtype=int)
        images = np.asarray(data.val.images[chosen])
        if space.task == "segmentation":
            predictions = predict(checkpoint, data, images)
            rows = [_segmented(number, one, data) for number, one in zip(chosen, predictions, strict=True)]
        else:
            shown = _with_and_without_skips(kept)
            index["shown"] = {column: trial.trial for column, trial in shown.items()}
            predicted = {
                column: predict(TrialCheckpoints(folder.trial_path(trial.trial)).load_best(), data, images)
                for column, trial in shown.items()
            }
            rows = [
                _colored_in(number, {column: upright(of_all[place]) for column, of_all in predicted.items()}, data)
                for place, number in enumerate(chosen)
            ]
    folder.gallery_path.mkdir(exist_ok=True)
    index |= {"classes": data.classes, "colors": data.colors, "columns": list(rows[0].pictures) if rows else []}
    index["rows"] = [_write(folder.gallery_path, number, row) for number, row in enumerate(rows)]
    write_atomically(folder.gallery_path / "gallery.json", json.dumps(index, indent=1))
    return True


def _segmented(number: int, prediction: Pixels, data: ImageData) -> _Row:
    assert data.val.targets is not None
    picture, truth = upright(data.val.images[number]), np.asarray(data.val.targets[number])
    pictures = {
        "input": picture,
        "truth": in_class_colors(truth, data.colors),
        "prediction": in_class_colors(prediction, data.colors),
        "wrong": marked_wrong(picture, prediction, truth),
    }
    return _Row(f"validation image {number}", pictures)


def _with_and_without_skips(kept: list[TrialState]) -> dict[str, TrialState]:
    """The best trial of each kind by the name of its column; the best alone where all are of one kind."""
    with_skips = next((trial for trial in kept if trial.config["skip"]), None)
    without = next((trial for trial in kept if not trial.config["skip"]), None)
    if with_skips is None or without is None:
        return {"prediction": kept[0]}
    return {"prediction with skips": with_skips, "prediction without": without}


def _colored_in(number: int, predictions: dict[str, Pixels], data: ImageData) -> _Row:
    truth = upright(data.val.images[number])
    grey = (truth @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    pictures = {"grey": np.repeat(grey[..., None], 3, axis=2), **predictions, "truth": truth}
    return _Row(f"validation image {number}", pictures)


def _confusion(predictions: NDArray[Any], data: ImageData) -> NDArray[np.int64]:
    """Counts [truth, prediction] of the validation split."""
    matrix = np.zeros((len(data.classes), len(data.classes)), dtype=np.int64)
    np.add.at(matrix, (np.asarray(data.val.targets), predictions), 1)
    return matrix


def _confused(predictions: NDArray[Any], matrix: NDArray[np.int64], data: ImageData) -> list[_Row]:
    """The pairs of classes that are mistaken most often, each with a picture of the mistake."""
    mistakes = matrix.copy()
    np.fill_diagonal(mistakes, 0)
    rows = []
    for place in np.argsort(mistakes, axis=None)[::-1][:_CONFUSIONS]:
        truth, predicted = divmod(int(place), len(data.classes))
        if not mistakes[truth, predicted]:
            break
        found = np.flatnonzero((np.asarray(data.val.targets) == truth) & (predictions == predicted))
        caption = (
            f"{data.classes[truth]} taken for {data.classes[predicted]}: {mistakes[truth, predicted]} of "
            f"{matrix[truth].sum()}"
        )
        pictures = {f"example {n}": upright(data.val.images[one]) for n, one in enumerate(found[:3], start=1)}
        rows.append(_Row(caption, pictures))
    return sorted(rows, key=lambda row: -len(row.pictures))


def _write(folder: Path, number: int, row: _Row) -> dict[str, Any]:
    names = {column: f"{number:02d}_{column.replace(' ', '_')}.png" for column in row.pictures}
    for column, pixels in row.pictures.items():
        Image.fromarray(np.ascontiguousarray(pixels)).save(folder / names[column])
    return {"caption": row.caption, "pictures": names}


def upright(image: Pixels) -> Pixels:
    """[3, height, width] as [height, width, 3]."""
    return np.asarray(image).transpose(1, 2, 0)


def in_class_colors(labels: Pixels, colors: Sequence[tuple[int, int, int]]) -> Pixels:
    """Class numbers [height, width] as a picture [height, width, 3]; what is void is grey."""
    palette = np.full((256, 3), _VOID_COLOR, dtype=np.uint8)
    palette[: len(colors)] = colors
    colored: Pixels = palette[labels]
    return colored


def marked_wrong(picture: Pixels, prediction: Pixels, truth: Pixels) -> Pixels:
    """A picture, darkened so that the pixels of a wrong class stand out."""
    marked = picture // 3 + 40
    marked[(prediction != truth) & (truth != VOID)] = _WRONG_COLOR
    return marked
