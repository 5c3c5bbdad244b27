"""`tune data`: what a folder of images holds, before anything is trained on it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from cnnmodels.data import VOID, DataSpec
from cnnmodels.data.decoding import decoded
from cnnmodels.data.label_set import ClassTable, Counts
from cnnmodels.data.layouts import open_source, tasks_of
from cnnmodels.data.pictures import size_of
from cnnmodels.data.sources import Source
from cnnmodels.errors import DataError
from tune_jobs.cli.contact_sheet import Tile, draw_sheet

_SHEET_TILES, _TILE = 24, (96, 128)  # tiles; height and width of one in pixels


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
    left_out: list[str]  # what else the folder holds, in words
    contact_sheet: str


@dataclass
class _Seen:
    """What is kept of the images while they pass: sums, and the few that are drawn."""

    counts: dict[str, int]
    labels: dict[str, Counts]  # of the masks of each split
    of_class: Counter[int]  # training images of each class
    sizes: Counter[str]
    broken: list[str]
    drawn: list[Tile]


def inspect(spec: DataSpec, task: str | None, sheet: Path) -> Inspection:
    """Look at every image of a folder.

    Raises:
        DataError: there is no such folder, its layout is none that is understood, no image can be read, or the labels
            of its masks are no classes as they stand.
    """
    sources = {task: open_source(spec, task)} if task else tasks_of(spec)
    name, source = next(iter(sources.items()))
    seen = _look_at_all(source)
    if not seen.counts.get("train"):
        first = seen.broken[0] if seen.broken else "none there"
        raise DataError(f"{spec.path}: no training image can be read; the first: {first}")
    table = source.classes(seen.labels)
    counts, void = _count(seen, table)
    draw_sheet(sheet, seen.drawn, table)
    return Inspection(
        path=str(spec.path),
        task=name,
        other_tasks=[other for other in sources if other != name],
        layout=table.layout,
        counts=seen.counts,
        sizes=dict(seen.sizes.most_common(5)),
        classes=_shares(counts, table),
        void_share=void,
        broken=seen.broken,
        left_out=list(source.left_out),
        contact_sheet=str(sheet),
    )


def _look_at_all(source: Source) -> _Seen:
    seen = _Seen(dict.fromkeys(source.splits, 0), {}, Counter(), Counter(), [], [])
    for split, samples in source.splits.items():
        tiles = set(np.linspace(0, len(samples) - 1, min(_SHEET_TILES, len(samples)), dtype=int).tolist())
        for place, one in enumerate(decoded(samples, _TILE)):
            if one.decoded is None:
                seen.broken.append(str(one.problem))
                continue
            seen.counts[split] += 1
            if one.labels is not None:
                seen.labels[split] = seen.labels[split] + one.labels if split in seen.labels else one.labels
            size = size_of(one.sample.files[0]) if one.sample.files else None
            seen.sizes.update([] if size is None else [f"{size[1]}x{size[0]}"])
            if split == "train":
                target = one.decoded[1]
                seen.of_class.update([] if target is None or isinstance(target, np.ndarray) else [int(target)])
                seen.drawn += [Tile(one.sample.name, one.decoded)] if place in tiles else []
    return seen


def _count(seen: _Seen, table: ClassTable) -> tuple[list[int], float]:
    """Pixels (or images) of each class, and the share of void pixels."""
    if "train" not in seen.labels:
        return [seen.of_class[number] for number in range(len(table.names))], 0.0
    numbers, pixels = table.lookup(), seen.labels["train"][0]
    of_class = [int(pixels[numbers == number].sum()) for number in range(len(table.names))]
    return of_class, float(pixels[numbers == VOID].sum() / max(1, pixels.sum()))


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
