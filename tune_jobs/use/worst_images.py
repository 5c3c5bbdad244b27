"""Pictures of the images that went worst: what the network saw, what it should have said, what it said."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from cnnmodels.checkpoint import Checkpoint
from cnnmodels.data.pictures import Pixels
from cnnmodels.predict import predict
from reports.analysis.evaluation import Evaluation
from reports.analysis.formatting import number, percent
from reports.pages.evaluation import PictureRow
from tune_jobs.gallery import answered, in_class_colors, marked_wrong, upright
from tune_jobs.use.measured_images import MeasuredImages


def worst_images(checkpoint: Checkpoint, images: MeasuredImages, found: Evaluation, count: int) -> list[PictureRow]:
    """A row of pictures for each of so many images, the worst first."""
    worst = found.worst(count)
    pixels, targets = _gathered(images, worst.index.tolist())
    if not len(pixels):
        return []
    answers = [None] * len(pixels) if found.task == "classification" else predict(checkpoint, images.data, pixels)
    return [
        PictureRow(_caption(row, found), _pictures(image, target, answer, images))
        for row, image, target, answer in zip(worst.to_dict("records"), pixels, targets, answers, strict=True)
    ]


def _gathered(images: MeasuredImages, places: list[int]) -> tuple[Pixels, list[Any]]:
    """The images [count, 3, height, width] at places counted through all splits, and their targets."""
    where = [(split, place) for split in images.splits for place in range(len(split))]
    chosen = [where[place] for place in places]
    pixels = np.array([split.images[place] for split, place in chosen])
    return pixels, [None if split.targets is None else split.targets[place] for split, place in chosen]


def _caption(row: Mapping[Hashable, Any], found: Evaluation) -> str:
    if found.task != "classification":
        return f"{row['image']}: {found.worst_by} {number(row[found.worst_by])}"
    sure = percent(float(np.exp(-row["loss"])))
    return f"{row['image']}: a {row['class']}, taken for {row['taken_for']}; probability of the truth {sure}"


def _pictures(image: Pixels, target: Any, answer: Any, images: MeasuredImages) -> dict[str, Pixels]:
    picture, colors = upright(image), images.data.colors
    if answer is None:
        return {"image": picture}
    if isinstance(answer, np.ndarray) and answer.dtype.kind == "f":
        return answered(picture, np.asarray(target), answer)[0]
    if target is None:
        grey = (picture @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
        return {"grey": np.repeat(grey[..., None], 3, axis=2), "prediction": upright(answer), "truth": picture}
    return {
        "image": picture,
        "truth": in_class_colors(np.asarray(target), colors),
        "prediction": in_class_colors(answer, colors),
        "wrong": marked_wrong(picture, answer, np.asarray(target)),
    }
