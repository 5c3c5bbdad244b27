"""Rows of an earlier pack of the same folder: where a photo and its mask are the files that they were, neither is
decoded again.

A file is the same if it lies at the same place in the folder and has the same size and the same times of change, that
of its content and that of its entry; the second one tells a copy that kept the first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnmodels.data.decoding import Outcome
from cnnmodels.data.image_data import ImageData, Split
from cnnmodels.data.pack_folder import if_whole
from cnnmodels.data.pictures import Pixels
from cnnmodels.data.sources import Decoded, Sample, Source
from cnnmodels.data.spec import DataSpec
from cnnmodels.errors import DataError

_FILE = "origins.json"
Origin = tuple[tuple[str, int, int, int], ...]  # of each file of a sample: place, bytes, times of change (ns)


@dataclass(frozen=True)
class Origins:
    """What each sample of a source is made of, and what else its pixels follow from."""

    kind: str  # packs of one kind hold the same pixels of the same files
    files: dict[str, list[Origin]]  # by split, in the order of the samples

    @staticmethod
    def of(source: Source, spec: DataSpec, rules: list[Any]) -> Origins | None:
        """As the files are now; None where there are none, or what they say together cannot be read, or somebody's own
        code gives the images.

        Args:
            source: the samples.
            spec: the folder, and the size that images are scaled to.
            rules: what else the pixels of a pack follow from.
        """
        if spec.path is None or spec.source is not None:
            return None
        try:
            described = [*rules, str(spec.path.resolve()), spec.size, source.rules, source.numbering()]
        except DataError:  # decoding says so
            return None
        root = str(spec.path)
        files = {split: [_origin(sample, root) for sample in samples] for split, samples in source.splits.items()}
        return Origins(hashlib.sha256(json.dumps(described).encode()).hexdigest()[:24], files)

    def write(self, folder: Path, source: Source, outcome: Outcome) -> None:
        """Put beside the arrays which row is of which files, and which label each class number stands for."""
        broken = set(map(id, outcome.broken))
        rows = {
            split: [place for place, sample in zip(self.files[split], samples, strict=True) if id(sample) not in broken]
            for split, samples in source.splits.items()
        }
        content = {"rows": rows, "labels": _labels_by_number(outcome)}
        (folder / _FILE).write_text(json.dumps(content), encoding="utf-8")


def with_earlier_rows(source: Source, origins: Origins, packs: Path) -> Source:
    """The same source, of which samples that the newest pack of their kind holds are taken from there."""
    found = _newest(packs, origins.kind)
    if found is None:
        return source
    rows, labels = found
    splits = {
        split: [
            replace(sample, decode=_taking(sample, *rows[origin], labels)) if origin in rows else sample
            for origin, sample in zip(origins.files[split], samples, strict=True)
        ]
        for split, samples in source.splits.items()
    }
    return replace(source, splits=splits)


def _origin(sample: Sample, root: str) -> Origin:
    found = []
    for path in sample.files:
        stat = path.stat()
        found.append((str(path).removeprefix(root), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    return tuple(found)


def _labels_by_number(outcome: Outcome) -> list[int] | None:
    """The label in the files of each value in the arrays, [256]; None where two labels, both of them void, have become
    one value."""
    numbers = outcome.table.lookup()[outcome.labels]
    if len(set(numbers.tolist())) < len(numbers):
        return None
    labels = np.zeros(256, dtype=np.int64)
    labels[numbers] = outcome.labels
    return labels.tolist()


def _newest(packs: Path, kind: str) -> tuple[dict[Origin, tuple[Split, int]], Pixels] | None:
    """Of the newest whole pack of a kind: the split and the row of each origin, and the label of each value."""
    for meta in sorted(packs.glob("[!.]*/meta.json"), key=_age):
        try:
            if json.loads(meta.read_text("utf-8")).get("kind") != kind:
                continue
            content = json.loads((meta.parent / _FILE).read_text("utf-8"))
            data = if_whole(meta.parent)
            if data is None or content["labels"] is None:
                continue
            return _rows(data, content["rows"]), np.array(content["labels"], dtype=np.uint8)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # it was cleared away meanwhile, or is damaged
    return None


def _rows(data: ImageData, origins: dict[str, list[list[list[Any]]]]) -> dict[Origin, tuple[Split, int]]:
    splits = {"train": data.train, "val": data.val} | ({"test": data.test} if data.test else {})
    return {
        tuple((place, size, changed, entered) for place, size, changed, entered in files): (splits[split], row)
        for split, rows in origins.items()
        for row, files in enumerate(rows)
    }


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0


def _taking(sample: Sample, split: Split, row: int, labels: Pixels) -> Callable[[tuple[int, int]], Decoded]:
    """Gives a row as the files gave it; its size is that of the pack."""

    def take(size: tuple[int, int]) -> Decoded:
        image = split.images[row].transpose(1, 2, 0)
        if split.targets is None or split.targets.ndim == 1:
            return image, sample.label
        return image, labels[split.targets[row]]

    return take
