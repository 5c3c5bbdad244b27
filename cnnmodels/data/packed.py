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
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from cnnmodels.data.decoding import Progress, decode
from cnnmodels.data.generated import VERSIONS
from cnnmodels.data.image_data import ImageData, Split
from cnnmodels.data.image_size import with_size
from cnnmodels.data.label_set import ClassTable
from cnnmodels.data.layouts import open_source
from cnnmodels.data.room import refuse_without_room
from cnnmodels.data.sources import Source
from cnnmodels.data.spec import DataSpec
from cnnmodels.errors import DataError

_FORMAT = 5  # raise it when what is written changes, or what is read from the same files
_MAY_DIFFER = {"path"}  # of a spec: a folder that was moved holds the same images
_HEAD_BYTES = 4096  # of an array's file: its header, and the first pixels


def load(spec: DataSpec, cache: Path, task: str, progress: Progress | None = None) -> ImageData:
    """The images of a spec for a task, mapped; decoded first where this machine has not done so. A size of `auto` is
    the one for a machine without a GPU.

    Two processes that start at once decode once: the second waits for the first.

    Raises:
        DataError: the folder, its layout, an image or a mask is not as it must be, or the cache has no room; the text
            names the file.
    """
    spec = with_size(spec, task)
    try:
        source = open_source(spec, task)
        folder = cache / "packed" / _key(spec, task, source)
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock"), mode=0o600):
            data = _if_whole(folder)
            if data is None:
                refuse_without_room(source, spec, task, cache)
                _pack(source, spec, folder, progress or (lambda done, total: None))
                data = _mapped(folder)
    except OSError as error:
        where = error.filename or cache  # the cache's disk is full, or a file went while it was looked at
        raise DataError(f"{where}: {error.strerror or error}; the images could not be decoded") from None
    return replace(data, left_out=source.left_out)


def load_again(spec: DataSpec, cache: Path, task: str, fingerprint: str) -> ImageData:
    """The images of a fingerprint: as this machine decoded them before, though their folder may be gone by now, or as
    `load`.

    Raises:
        DataError: as `load`, or these are other images.
    """
    found = _decoded_before(cache, fingerprint) or load(spec, cache, task)
    if found.fingerprint != fingerprint:
        raise DataError(f"{spec.path or spec.name} holds other images than where the sweep was launched")
    return found


def _decoded_before(cache: Path, fingerprint: str) -> ImageData | None:
    for meta in (cache / "packed").glob("[!.]*/meta.json"):
        data = _if_whole(meta.parent)
        if data is not None and data.fingerprint == fingerprint:
            return data
    return None


def _key(spec: DataSpec, task: str, source: Source) -> str:
    version = VERSIONS[spec.name] if spec.is_generated and spec.name else None
    described: list[Any] = [_FORMAT, version, task, spec.model_dump(mode="json", exclude=_MAY_DIFFER), source.rules]
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
        table, broken = decode(source, spec, beside, progress)
        _write_meta(beside, source, spec, table, broken)
        _seal(beside)
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


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
            names=tuple(json.loads((folder / f"{split}_names.json").read_text("utf-8"))),
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


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block
