"""Images decoded once a machine, then mapped from disk for ever: uint8 arrays under a cache folder.

The folder's key is made of what the source's files are called, how large they are and when they were changed, and of
the size that they are scaled to; reading every byte of a large set at each start would cost more than it protects. The
fingerprint, which results are compared by, is taken from the decoded pixels themselves. For the same reason a cached
array is known by its size and its first bytes: one that was cut, or whose header is damaged, is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from cnnmodels.data.generated import VERSIONS
from cnnmodels.data.image_data import VOID, ImageData, Split
from cnnmodels.data.image_size import with_size
from cnnmodels.data.layouts import open_source
from cnnmodels.data.sources import ClassTable, Decoded, Pixels, Sample, Source
from cnnmodels.data.spec import DataSpec
from cnnmodels.errors import DataError

_FORMAT = 3  # raise it when what is written changes
_MAY_DIFFER = {"path"}  # of a spec: a folder that was moved holds the same images
_HEAD_BYTES = 4096  # of an array's file: its header, and the first pixels
_MAX_THREADS = 8  # decoding gains nothing from more: Pillow holds the interpreter's lock for part of the work

Progress = Callable[[int, int], None]  # images done, images in all


def load(spec: DataSpec, cache: Path, task: str, progress: Progress | None = None) -> ImageData:
    """The images of a spec for a task, mapped; decoded first where this machine has not done so. A size of `auto` is
    the one for a machine without a GPU.

    Two processes that start at once decode once: the second waits for the first.

    Raises:
        DataError: the folder, its layout, an image or a mask is not as it must be; the text names the file.
    """
    spec = with_size(spec, task)
    source = open_source(spec, task)
    folder = cache / "packed" / _key(spec, task, source)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock"), mode=0o600):
        data = _if_whole(folder)
        if data is None:
            _pack(source, spec, folder, progress or (lambda done, total: None))
            data = _mapped(folder)
    return data


def _key(spec: DataSpec, task: str, source: Source) -> str:
    version = VERSIONS[spec.name] if spec.path is None and spec.name else None
    described: list[Any] = [_FORMAT, version, task, spec.model_dump(mode="json", exclude=_MAY_DIFFER)]
    for split, samples in source.splits.items():
        for sample in samples:
            stats = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in sample.files]
            described.append([split, sample.name, stats])
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()[:24]


def _if_whole(folder: Path) -> ImageData | None:
    """What was packed, mapped; None where it is missing, or not as it was written."""
    try:
        files = json.loads((folder / "meta.json").read_text("utf-8"))["files"]
        whole = all(_mark(folder / name) == mark for name, mark in files.items())
        return _mapped(folder) if whole else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _mark(path: Path) -> list[int | str]:
    """Size in bytes and a digest of the first ones: what an array's file is known by."""
    with path.open("rb") as file:
        return [path.stat().st_size, hashlib.sha256(file.read(_HEAD_BYTES)).hexdigest()[:16]]


def _pack(source: Source, spec: DataSpec, folder: Path, progress: Progress) -> None:
    """Decode everything into a folder beside, then rename it; the caller holds the lock."""
    beside = folder.with_name(f".{folder.name}")
    shutil.rmtree(beside, ignore_errors=True)  # left by a process that was killed in mid-decoding
    beside.mkdir(mode=0o700)
    try:
        decoded = _decode(source, spec, beside, progress)
        table = source.classes(set().union(*(found for _, found in decoded.labels)))
        for name, found in decoded.labels:
            _check_labels(name, found, table)
        _void_labels(beside, source, table)
        _write_meta(beside, source, spec, table, decoded.broken)
        _seal(beside)
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@dataclass
class _DecodedAll:
    labels: list[tuple[str, set[int]]]  # the labels that occur in each mask, by its name
    broken: list[str]  # what is wrong with each image that was left out


def _decode(source: Source, spec: DataSpec, folder: Path, progress: Progress) -> _DecodedAll:
    """Write the arrays of all splits.

    Raises:
        DataError: an image cannot be read, and broken ones are not to be skipped.
    """
    total, done = sum(len(samples) for samples in source.splits.values()), 0
    all_splits = _DecodedAll([], [])
    with ThreadPoolExecutor(max_workers=min(_MAX_THREADS, os.cpu_count() or 1)) as pool:
        for split, samples in source.splits.items():
            rows = _Rows(folder, split, len(samples), spec.size)
            for sample, result in zip(samples, pool.map(lambda one: _attempt(one, spec), samples), strict=True):
                if isinstance(result, DataError):
                    all_splits.broken.append(str(result))
                else:
                    all_splits.labels.append((_target_name(sample), rows.add(*result)))
                done += 1
                progress(done, total)
            rows.close()
            if not rows.count:
                raise DataError(f"no image of the {split} split can be read; the first: {all_splits.broken[0]}")
    if all_splits.broken and not spec.skip_broken:
        others = len(all_splits.broken) - 1
        more = f" ({others} more are broken as well)" if others else ""
        raise DataError(f"{all_splits.broken[0]}{more}, or leave such images out with --skip-broken")
    return all_splits


def _attempt(sample: Sample, spec: DataSpec) -> Decoded | DataError:
    try:
        return sample.decode(spec.size)
    except DataError as error:
        return error


class _Rows:
    """The arrays of one split, filled row by row; rows that are never added are cut off."""

    def __init__(self, folder: Path, split: str, most: int, size: tuple[int, int]) -> None:
        self._images_path, self._targets_path = folder / f"{split}_images.npy", folder / f"{split}_targets.npy"
        self._images = _new_array(self._images_path, (most, 3, *size))
        self._masks: np.memmap[Any, np.dtype[np.uint8]] | None = None
        self._labels: list[int] = []
        self._most, self._size = most, size
        self.count = 0

    def add(self, image: Pixels, target: Pixels | np.int64 | None) -> set[int]:
        """One image and its target; the labels that occur in it."""
        self._images[self.count] = image.transpose(2, 0, 1)
        found: set[int] = set()
        if isinstance(target, np.ndarray):
            if self._masks is None:
                self._masks = _new_array(self._targets_path, (self._most, *self._size))
            self._masks[self.count] = target
            found = set(np.unique(target).tolist())
        elif target is not None:
            self._labels.append(int(target))
        self.count += 1
        return found

    def close(self) -> None:
        self._images.flush()
        if self._masks is not None:
            self._masks.flush()
        if self.count < self._most:
            _cut(self._images_path, self._images[: self.count])
            if self._masks is not None:
                _cut(self._targets_path, self._masks[: self.count])
        if self._labels:
            np.save(self._targets_path, np.array(self._labels, dtype=np.int64))


def _cut(path: Path, kept: NDArray[np.uint8]) -> None:
    """Replace an array by its first rows; written beside, since the rows are mapped from the file itself."""
    beside = path.with_suffix(".cut")
    with beside.open("wb") as file:
        np.save(file, kept)
    beside.replace(path)


def _target_name(sample: Sample) -> str:
    return str(sample.files[-1]) if sample.files else sample.name


def _check_labels(mask: str, labels: set[int], table: ClassTable) -> None:
    wrong = {label for label in labels - table.void - {VOID} if label >= len(table.names)}
    if wrong:
        raise DataError(
            f"{mask}: has label {min(wrong)}; classes are 0 to {len(table.names) - 1} and void is {VOID} "
            "(declare another with data.ignore)"
        )


def _void_labels(folder: Path, source: Source, table: ClassTable) -> None:
    """Give every void label of a mask the one value that means void."""
    for split in source.splits:
        path = folder / f"{split}_targets.npy"
        targets: Any = np.load(path, mmap_mode="r+") if path.exists() else None
        if targets is None or targets.ndim != 3:
            continue
        for label in table.void:
            targets[targets == label] = VOID
        targets.flush()
        if (targets == VOID).all():
            raise DataError(f"the masks of the {split} split hold only void; check the labels and data.ignore")


def _write_meta(folder: Path, source: Source, spec: DataSpec, table: ClassTable, broken: list[str]) -> None:
    digest = hashlib.sha256(json.dumps([table.names, spec.size]).encode())
    files = {}
    for path in sorted(folder.glob("*.npy")):
        files[path.name] = _mark(path)
        digest.update(path.name.encode())
        for block in _blocks(path):
            digest.update(block)
    meta = {
        "files": files,
        "splits": list(source.splits),
        "classes": table.names,
        "colors": table.colors,
        "skipped": len(broken),
        "layout": table.layout + (f"; {len(broken)} broken images skipped" if broken else ""),
        "fingerprint": digest.hexdigest()[:16],
        "image_size": spec.size,
    }
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")


def _seal(folder: Path) -> None:
    """Every file on the device and its owner's alone, before the folder gets its name."""
    for path in (*folder.iterdir(), folder):
        path.chmod(0o700 if path == folder else 0o600)
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _mapped(folder: Path) -> ImageData:
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    splits = {
        split: Split(
            images=np.load(folder / f"{split}_images.npy", mmap_mode="r"),
            targets=_mapped_if_there(folder / f"{split}_targets.npy"),
        )
        for split in meta["splits"]
    }
    return ImageData(
        train=splits["train"],
        val=splits["val"],
        test=splits.get("test"),
        classes=tuple(meta["classes"]),
        colors=tuple((red, green, blue) for red, green, blue in meta["colors"]),
        layout=meta["layout"],
        skipped=meta.get("skipped", 0),
        fingerprint=meta["fingerprint"],
        image_size=(meta["image_size"][0], meta["image_size"][1]),
    )


def _mapped_if_there(path: Path) -> Any:
    return np.load(path, mmap_mode="r") if path.exists() else None


def _new_array(path: Path, shape: tuple[int, ...]) -> np.memmap[Any, np.dtype[np.uint8]]:
    return np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block
