"""Pictures of what the best trial predicts, drawn once at the end of a sweep, so that reports need no torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnmodels.data import VOID, ImageData, default_cache, load_again
from cnnmodels.errors import CheckpointError
from cnnmodels.task_table import is_own
from reports.records.atomic_write import write_atomically
from reports.records.folder import SweepFolder
from reports.records.gallery import read_index
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState
from search_spaces.schema import SearchSpace
from tune_jobs.formatting import valid
from tune_jobs.storage.working_copy import uri_of

_IMAGES = 8
_CONFUSIONS = 6  # pairs of classes that are shown with pictures
_EXAMPLES = 3  # pictures of each of them
_VOID_COLOR = (128, 128, 128)
_WRONG_COLOR = (213, 94, 0)
_HEAT = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))  # viridis, matplotlib's
_NUMBERS = 4  # of a row of them, that a caption names
_NAMED = 0.01  # of an image; a class with less is not among those that a picture's caption names
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class _Row:
    """One line of the gallery: its caption, and a picture for each column."""

    caption: str
    pictures: dict[str, Pixels]  # [height, width, 3]
    names: dict[str, str] = field(default_factory=dict)  # below a picture: its file, or the classes in it


def is_drawn(folder: SweepFolder, spec: SweepSpec, state: SweepState) -> bool:
    """Whether the gallery shows all that it can: the best trial that has kept its weights, every picture."""
    kept, index = _kept(folder, spec.space, state), read_index(folder)
    if not kept:
        return index is not None or uri_of(folder) is None  # at a URI there may be weights that are not here
    return index is not None and index.get("trial") == kept[0].trial and not index.get("lacks")


def draw_gallery(folder: SweepFolder, spec: SweepSpec, cache: Path | None) -> list[str]:
    """Write what the best trial makes of validation images, if weights are left to predict with.

    Returns:
        What could not be drawn, and why.

    Raises:
        UserError: the images are neither in their place nor decoded on this machine.
    """
    from cnnmodels.checkpoint import TrialCheckpoints
    from cnnmodels.predict import predict

    space, lacks = spec.space, list[str]()
    kept = _whole(folder, _kept(folder, space, folder.state()), lacks)
    if not kept:
        return lacks
    best = kept[0]
    checkpoint = TrialCheckpoints(folder.trial_path(best.trial)).load_best()
    data = load_again(space.data, cache or default_cache(), space.task, spec.data.fingerprint)
    index: dict[str, Any] = {"trial": best.trial, "epoch": checkpoint.epoch, "task": space.task}
    if space.task == "classification":
        predictions = predict(checkpoint, data, np.asarray(data.val.images))
        matrix = _confusion(predictions, data)
        rows = confused(predictions, matrix, data)
        index["confusion"] = matrix.tolist()
    elif is_own(space.task):
        chosen = np.linspace(0, len(data.val) - 1, num=min(_IMAGES, len(data.val)), dtype=int)
        predictions = predict(checkpoint, data, np.asarray(data.val.images[chosen]))
        rows = [_of_own_task(int(number), one, data) for number, one in zip(chosen, predictions, strict=True)]
    else:
        chosen = np.linspace(0, len(data.val) - 1, num=min(_IMAGES, len(data.val)), dtype=int)
        images = np.asarray(data.val.images[chosen])
        if space.task == "segmentation":
            predictions = predict(checkpoint, data, images)
            rows = [_segmented(int(number), one, data) for number, one in zip(chosen, predictions, strict=True)]
        else:
            shown = _with_and_without_skips(kept)
            index["shown"] = {column: trial.trial for column, trial in shown.items()}
            predicted = {
                column: predict(TrialCheckpoints(folder.trial_path(trial.trial)).load_best(), data, images)
                for column, trial in shown.items()
            }
            rows = [
                _colored_in(int(number), {column: upright(of_all[place]) for column, of_all in predicted.items()}, data)
                for place, number in enumerate(chosen)
            ]
    folder.gallery_path.mkdir(exist_ok=True)
    (folder.gallery_path / "gallery.json").unlink(missing_ok=True)  # the index comes last, so a kill leaves none
    index |= {"classes": data.classes, "colors": data.colors, "columns": list(rows[0].pictures) if rows else []}
    index["rows"] = [_write(folder.gallery_path, number, row, lacks) for number, row in enumerate(rows)]
    index["lacks"] = lacks = list(dict.fromkeys(lacks))
    write_atomically(folder.gallery_path / "gallery.json", json.dumps(index, indent=1))
    return lacks


def _kept(folder: SweepFolder, space: SearchSpace, state: SweepState) -> list[TrialState]:
    """The trials that have kept the weights of their best epoch, the winner of a confirmation first, then by value."""
    ranked = state.ranked(space.objective.metric, space.objective.mode)
    winner = state.confirmed.trial if state.confirmed else None
    ranked.sort(key=lambda trial: trial.trial != winner)
    return [trial for trial in ranked if (folder.trial_path(trial.trial) / "best.pt").exists()]


def _whole(folder: SweepFolder, kept: list[TrialState], lacks: list[str]) -> list[TrialState]:
    """Those whose weights can be read; what is wrong with others is added to `lacks`."""
    from cnnmodels.checkpoint import TrialCheckpoints

    whole = []
    for trial in kept:
        try:
            TrialCheckpoints(folder.trial_path(trial.trial)).load_best()
        except CheckpointError as error:
            lacks.append(str(error))
        else:
            whole.append(trial)
    return whole


def _segmented(number: int, prediction: Pixels, data: ImageData) -> _Row:
    assert data.val.targets is not None
    picture, truth = upright(data.val.images[number]), np.asarray(data.val.targets[number])
    pictures = {
        "input": picture,
        "truth": in_class_colors(truth, data.colors),
        "prediction": in_class_colors(prediction, data.colors),
        "laid over": laid_over(picture, prediction, data.colors),
        "wrong": marked_wrong(picture, prediction, truth),
    }
    shown = {"truth": classes_in(truth, data.classes), "prediction": classes_in(prediction, data.classes)}
    return _Row(_caption(number, data), pictures, shown)


def _of_own_task(number: int, prediction: NDArray[np.float32], data: ImageData) -> _Row:
    assert data.val.targets is not None
    truth = np.asarray(data.val.targets[number])
    pictures, told = answered(upright(data.val.images[number]), truth, prediction)
    return _Row(f"{_caption(number, data)}{told}", pictures)


def answered(
    picture: Pixels, truth: NDArray[np.float32], prediction: NDArray[np.float32]
) -> tuple[dict[str, Pixels], str]:
    """What a network answers to a picture [height, width, 3] at a task of somebody's own, and what is true: as pictures
    where both are a number for every pixel, else in words."""
    plane = prediction[0] if prediction.ndim == 3 and len(prediction) == 1 else prediction
    if plane.ndim == 2 and truth.ndim == 2:
        low, high = float(np.nanmin(truth, initial=np.inf)), float(np.nanmax(truth, initial=-np.inf))
        shown = {"truth": heat(truth, low, high), "prediction": heat(plane, low, high)}
        return {"input": picture, **shown}, f": {low:.3g} (dark) to {high:.3g} (light)" if low <= high else ""
    if plane.ndim == 1 and truth.ndim < 2:
        told = [", ".join(f"{one:.3g}" for one in values[:_NUMBERS]) for values in (truth.reshape(-1), plane)]
        return {"input": picture}, f": truth {told[0]}; prediction {told[1]}"
    return {"input": picture}, ""


def heat(values: NDArray[np.float32], low: float, high: float) -> Pixels:
    """Numbers [height, width] as colours [height, width, 3], dark for low and light for high; unknown ones are grey."""
    place = (np.nan_to_num(values).clip(low, high) - low) / max(high - low, 1e-12) * (len(_HEAT) - 1)
    colors = [np.interp(place, range(len(_HEAT)), [color[channel] for color in _HEAT]) for channel in range(3)]
    found = np.stack(colors, axis=-1).round().astype(np.uint8)
    found[~np.isfinite(values)] = _VOID_COLOR
    return found


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
    return _Row(_caption(number, data), pictures)


def _caption(number: int, data: ImageData) -> str:
    """What people call a validation image: its file."""
    return valid(data.val.names[number]) if data.val.names else f"validation image {number}"


def _confusion(predictions: NDArray[Any], data: ImageData) -> NDArray[np.int64]:
    """Counts [truth, prediction] of the validation split."""
    matrix = np.zeros((len(data.classes), len(data.classes)), dtype=np.int64)
    np.add.at(matrix, (np.asarray(data.val.targets), predictions), 1)
    return matrix


def confused(predictions: NDArray[Any], matrix: NDArray[np.int64], data: ImageData) -> list[_Row]:
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
            f"{valid(data.classes[truth])} taken for {valid(data.classes[predicted])}: {mistakes[truth, predicted]} of "
            f"{matrix[truth].sum()}"
        )
        examples = {f"example {place}": int(one) for place, one in enumerate(found[:_EXAMPLES], start=1)}
        pictures = {column: upright(data.val.images[one]) for column, one in examples.items()}
        rows.append(_Row(caption, pictures, {column: _caption(one, data) for column, one in examples.items()}))
    return sorted(rows, key=lambda row: -len(row.pictures))


def _write(folder: Path, number: int, row: _Row, lacks: list[str]) -> dict[str, Any]:
    names = {column: f"{number:02d}_{column.replace(' ', '_')}.png" for column in row.pictures}
    for column, pixels in row.pictures.items():
        try:
            Image.fromarray(np.ascontiguousarray(pixels)).save(folder / names[column])
        except OSError as error:
            lacks.append(str(error.strerror or error))
            del names[column]
    return {"caption": row.caption, "pictures": names, "names": row.names}


def upright(image: Pixels) -> Pixels:
    """[3, height, width] as [height, width, 3]."""
    return np.asarray(image).transpose(1, 2, 0)


def in_class_colors(labels: Pixels, colors: Sequence[tuple[int, int, int]]) -> Pixels:
    """Class numbers [height, width] as a picture [height, width, 3]; what is void is grey."""
    palette = np.full((256, 3), _VOID_COLOR, dtype=np.uint8)
    palette[: len(colors)] = colors
    colored: Pixels = palette[labels]
    return colored


def laid_over(picture: Pixels, labels: Pixels, colors: Sequence[tuple[int, int, int]]) -> Pixels:
    """A picture [height, width, 3] under the colours of its classes [height, width]."""
    half: Pixels = (picture // 2 + in_class_colors(labels, colors) // 2).astype(np.uint8)
    return half


def classes_in(labels: Pixels, names: Sequence[str]) -> str:
    """The classes of an image and their shares, the largest first; void pixels do not count."""
    counts = np.bincount(labels[labels != VOID].ravel(), minlength=len(names))[: len(names)]
    shares = counts / max(1, counts.sum())
    order = np.argsort(-shares, kind="stable")
    return ", ".join(f"{valid(names[one])} {shares[one]:.0%}" for one in order if shares[one] >= _NAMED)


def marked_wrong(picture: Pixels, prediction: Pixels, truth: Pixels) -> Pixels:
    """A picture, darkened so that the pixels of a wrong class stand out."""
    marked = picture // 3 + 40
    marked[(prediction != truth) & (truth != VOID)] = _WRONG_COLOR
    return marked
