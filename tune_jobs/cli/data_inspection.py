"""`tune data`: what a folder of images holds, before anything is trained on it."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict

from cnnmodels.data import VOID, DataSpec
from cnnmodels.data.layouts import open_source, tasks_of
from cnnmodels.data.sources import ClassTable, Decoded, Sample
from cnnmodels.errors import DataError

_SHEET_TILES, _SHEET_COLUMNS, _TILE = 24, 6, (96, 128)  # tiles; height and width of one in pixels


class ClassShare(BaseModel):
    """How much of the training split is of one class."""

    name: str
    count: int  # pixels, or images where the task is classification
    share: float
    inverse_weight: float  # what class_weights: inverse would give it


class Inspection(BaseModel):
    """What `tune data` found."""

    model_config = ConfigDict(frozen=True)

    path: str
    task: str
    other_tasks: list[str]
    layout: str
    counts: dict[str, int]  # readable images of each split
    sizes: dict[str, int]  # the most frequent sizes, as width x height
    classes: list[ClassShare]
    void_share: float  # of the training masks' pixels
    broken: list[str]
    contact_sheet: str


def inspect(spec: DataSpec, task: str | None, sheet: Path) -> Inspection:
    """Look at every image of a folder.

    Raises:
        DataError: there is no such folder, its layout is none that is understood, or no image can be read.
    """
    sources = {task: open_source(spec, task)} if task else tasks_of(spec)
    if not sources:
        open_source(spec, "segmentation")  # says what is wrong with the folder
    name, source = next(iter(sources.items()))
    broken: list[str] = []
    decoded: dict[str, list[tuple[Sample, Decoded]]] = {}
    with ThreadPoolExecutor() as pool:
        for split, samples in source.splits.items():
            results = list(pool.map(_attempt, samples))
            broken += [str(result) for result in results if isinstance(result, DataError)]
            decoded[split] = [
                (sample, result)
                for sample, result in zip(samples, results, strict=True)
                if not isinstance(result, DataError)
            ]
    if not decoded.get("train"):
        raise DataError(
            f"{spec.path}: no training image can be read; the first: {broken[0] if broken else 'none there'}"
        )
    labels = {int(label) for pairs in decoded.values() for _, (_, target) in pairs for label in _labels(target)}
    table = source.classes(labels)
    counts, void = _count(decoded["train"], table)
    _draw_sheet(sheet, decoded["train"], table)
    return Inspection(
        path=str(spec.path),
        task=name,
        other_tasks=[other for other in sources if other != name],
        layout=table.layout,
        counts={split: len(pairs) for split, pairs in decoded.items()},
        sizes=_sizes([sample for pairs in decoded.values() for sample, _ in pairs]),
        classes=_shares(counts, table),
        void_share=void,
        broken=broken,
        contact_sheet=str(sheet),
    )


def _attempt(sample: Sample) -> Decoded | DataError:
    try:
        return sample.decode(_TILE)
    except DataError as error:
        return error


def _labels(target: object) -> list[int]:
    return [int(label) for label in np.unique(target)] if isinstance(target, np.ndarray) else []


def _count(pairs: list[tuple[Sample, Decoded]], table: ClassTable) -> tuple[list[int], float]:
    """Pixels (or images) of each class, and the share of void pixels."""
    counts = np.zeros(256 if table.names and len(table.names) <= 256 else len(table.names) + 1, dtype=np.int64)
    for _, (_, target) in pairs:
        if target is not None:
            counts += np.bincount(np.ravel(target), minlength=len(counts))
    void = {*table.void, VOID} if isinstance(pairs[0][1][1], np.ndarray) else set()
    void_pixels = sum(int(counts[label]) for label in void)
    return counts[: len(table.names)].tolist(), void_pixels / max(1, int(counts.sum()))


def _shares(counts: list[int], table: ClassTable) -> list[ClassShare]:
    if not table.names:
        return []
    import torch

    from cnnmodels.class_weights import inverse_frequency_weights

    weights = inverse_frequency_weights(torch.tensor(counts)).tolist()
    total = sum(counts)
    return [
        ClassShare(name=name, count=count, share=count / total, inverse_weight=weight)
        for name, count, weight in zip(table.names, counts, weights, strict=True)
    ]


def _sizes(samples: list[Sample]) -> dict[str, int]:
    sizes: Counter[str] = Counter()
    for sample in samples:
        if sample.files:
            with Image.open(sample.files[0]) as image:
                sizes[f"{image.width}x{image.height}"] += 1
    return dict(sizes.most_common(5))


def _draw_sheet(sheet: Path, pairs: list[tuple[Sample, Decoded]], table: ClassTable) -> None:
    """Pictures from all over the training split, each with its mask under it where there is one."""
    chosen = [pairs[place] for place in np.linspace(0, len(pairs) - 1, min(_SHEET_TILES, len(pairs)), dtype=int)]
    palette = np.full((256, 3), 128, dtype=np.uint8)
    palette[: min(256, len(table.colors))] = table.colors[:256] if table.colors else palette[:0]
    tiles = []
    for _, (image, target) in chosen:
        tiles.append(np.vstack([image, palette[target]]) if isinstance(target, np.ndarray) else image)
    blank = np.full_like(tiles[0], 255)
    rows = [tiles[start : start + _SHEET_COLUMNS] for start in range(0, len(tiles), _SHEET_COLUMNS)]
    full = [np.hstack(row + [blank] * (min(_SHEET_COLUMNS, len(tiles)) - len(row))) for row in rows]
    sheet.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.vstack(full)).save(sheet)
