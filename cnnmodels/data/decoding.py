"""Decoding all images of a source into arrays on disk, split by split. Knows no cache."""

from __future__ import annotations

import json
import os
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from cnnmodels.data.image_data import VOID
from cnnmodels.data.label_set import ClassTable, Counts, count_labels
from cnnmodels.data.pictures import Pixels
from cnnmodels.data.sources import Decoded, Sample, Source, Target
from cnnmodels.data.spec import DataSpec
from cnnmodels.errors import DataError

_MAX_THREADS = 8  # decoding gains nothing from more: Pillow holds the interpreter's lock for part of the work
_BYTE = np.dtype(np.uint8)
HELD = 4 * _MAX_THREADS  # decoded images that wait to be written

Progress = Callable[[int, int], None]  # images done, images in all


@dataclass(frozen=True)
class DecodedSample:
    """One image that was read, or what is wrong with it."""

    sample: Sample
    decoded: Decoded | None
    labels: Counts | None  # of its mask
    problem: DataError | None


@dataclass(frozen=True)
class Outcome:
    """What a source's images and masks turned out to be."""

    table: ClassTable
    labels: NDArray[np.int64]  # that occur in the masks, as they were before each got the number of its class
    broken: list[Sample]  # which were left out


def decoded(samples: list[Sample], size: tuple[int, int]) -> Iterator[DecodedSample]:
    """The samples at a height and a width, in their order, by as many threads as help; a few are held at a time."""
    with ThreadPoolExecutor(max_workers=min(_MAX_THREADS, os.cpu_count() or 1)) as pool:
        waiting: deque[Future[DecodedSample]] = deque()
        for sample in samples:
            waiting.append(pool.submit(_attempt, sample, size))
            if len(waiting) > HELD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def decode(source: Source, spec: DataSpec, folder: Path, progress: Progress) -> Outcome:
    """Write the arrays of all splits: `<split>_images.npy` and, where there are targets, `<split>_targets.npy`; and
    `<split>_names.json`.

    Raises:
        DataError: an image cannot be read and broken ones are not to be skipped, or the labels are no classes.
    """
    total, done = sum(len(samples) for samples in source.splits.values()), 0
    broken: list[DecodedSample] = []
    counts: dict[str, Counts] = {}
    shown_by: dict[int, Path] = {}  # label -> the first mask that has it
    for split, samples in source.splits.items():
        rows = _Rows(folder, split, len(samples), spec.size)
        for one in decoded(samples, spec.size):
            if one.decoded is None:
                broken.append(one)
            else:
                rows.add(*one.decoded, one.sample.name)
            if one.labels is not None:
                counts[split] = counts[split] + one.labels if split in counts else one.labels
                mask = one.sample.files[-1] if one.sample.files else Path(one.sample.name)
                for label in np.flatnonzero(one.labels[0]).tolist():
                    shown_by.setdefault(label, mask)
            done += 1
            progress(done, total)
        rows.close()
        if not rows.count and spec.skip_broken:
            raise DataError(f"no image of the {split} split can be read; the first: {broken[0].problem}")
    _refuse_broken(broken, total, spec)
    table = _with_lost_classes(source.classes(counts), folder, broken)
    _check_labels(shown_by, table)
    _number_classes(folder, counts, table)
    return Outcome(table, np.array(sorted(shown_by), dtype=np.int64), [one.sample for one in broken])


def _attempt(sample: Sample, size: tuple[int, int]) -> DecodedSample:
    try:
        found = sample.decode(size)
    except DataError as error:
        return DecodedSample(sample, None, None, error)
    target = found[1]
    is_mask = isinstance(target, np.ndarray) and target.dtype == np.uint8
    return DecodedSample(sample, found, count_labels(cast("Pixels", target)) if is_mask else None, None)


class _Rows:
    """The arrays of one split, filled row by row; rows that are never added are cut off."""

    def __init__(self, folder: Path, split: str, most: int, size: tuple[int, int]) -> None:
        self._images_path, self._targets_path = folder / f"{split}_images.npy", folder / f"{split}_targets.npy"
        self._images = _new_array(self._images_path, (most, 3, *size))
        self._targets: np.memmap[Any, np.dtype[Any]] | None = None  # masks, or numbers of somebody's own task
        self._labels: list[int] = []
        self._names, self._names_path = list[str](), folder / f"{split}_names.json"
        self._most, self._size = most, size
        self.count = 0

    def add(self, image: Pixels, target: Target, name: str) -> None:
        """One image, its target and what people call it."""
        self._names.append(name)
        self._images[self.count] = image.transpose(2, 0, 1)
        if isinstance(target, np.ndarray):
            if self._targets is None:
                self._targets = _new_array(self._targets_path, (self._most, *target.shape), target.dtype)
            self._targets[self.count] = target
        elif target is not None:
            self._labels.append(int(target))
        self.count += 1

    def close(self) -> None:
        self._names_path.write_text(json.dumps(self._names), encoding="utf-8")
        self._images.flush()
        if self._targets is not None:
            self._targets.flush()
        if self.count < self._most:
            _cut(self._images_path, self._images[: self.count])
            if self._targets is not None:
                _cut(self._targets_path, self._targets[: self.count])
        if self._labels:
            np.save(self._targets_path, np.array(self._labels, dtype=np.int64))


def _cut(path: Path, kept: NDArray[Any]) -> None:
    """Replace an array by its first rows; written beside, since the rows are mapped from the file itself."""
    beside = path.with_suffix(".cut")
    with beside.open("wb") as file:
        np.save(file, kept)
    beside.replace(path)


def _new_array(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any] = _BYTE) -> np.memmap[Any, np.dtype[Any]]:
    """An array whose file has all its space already: a page that no longer fits would end the process by a bus error.

    Raises:
        OSError: the disk has not so much.
    """
    array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return array


def _refuse_broken(broken: list[DecodedSample], total: int, spec: DataSpec) -> None:
    if not broken or spec.skip_broken:
        return
    kinds = Counter(Path(str(one.problem).partition(": ")[0]).suffix for one in broken)  # each begins with its file
    others = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    more = f" ({len(broken) - 1} more are broken as well; in all {others})" if len(broken) > 1 else ""
    otherwise = ", or leave such images out with --skip-broken" if len(broken) < total else ""
    raise DataError(f"{broken[0].problem}{more}{otherwise}")


def _with_lost_classes(table: ClassTable, folder: Path, broken: list[DecodedSample]) -> ClassTable:
    """The table, whose layout says which classes have no training image left."""
    path = folder / "train_targets.npy"
    targets = np.load(path, mmap_mode="r") if broken and path.exists() else np.zeros((0, 0, 0))
    left = set(targets.tolist()) if targets.ndim == 1 else None
    lost = [] if left is None else [name for number, name in enumerate(table.names) if number not in left]
    return replace(table, layout=f"{table.layout}; no readable image of {', '.join(lost)}") if lost else table


def _check_labels(shown_by: dict[int, Path], table: ClassTable) -> None:
    wrong = table.strange(set(shown_by))
    if wrong:
        first = next(label for label in shown_by if label in wrong)  # of the first mask with one, its lowest
        raise DataError(
            f"{shown_by[first]}: has label {first}; classes are 0 to {len(table.names) - 1} and void is {VOID} "
            "(declare another with data.ignore, or say with data.labels which label is which class)"
        )


def _number_classes(folder: Path, counts: dict[str, Counts], table: ClassTable) -> None:
    """Give every label of a mask the number of its class, and every void one the value that means void."""
    numbers = table.lookup()
    for split, found in counts.items():
        used = np.flatnonzero(found[0])
        if (numbers[used] == VOID).all():
            raise DataError(f"the masks of the {split} split hold only void; check the labels and data.ignore")
        if (numbers[used] != used).any():
            targets = np.load(folder / f"{split}_targets.npy", mmap_mode="r+")
            for mask in targets:
                mask[...] = numbers[mask]
            targets.flush()
