"""The folder of a pack: its arrays and what they are; sealed, known to be whole, mapped. Decodes nothing.

Reading every byte of a large set at each start would cost more than it protects, so an array is known by its size and
its first bytes: one that was cut, or whose header is damaged, makes the folder one that is not whole.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cnnmodels.data.decoding import Outcome
from cnnmodels.data.image_data import ImageData, Split
from cnnmodels.data.sources import Source
from cnnmodels.data.spec import DataSpec

_HEAD_BYTES = 4096  # of an array's file: its header, and the first pixels


def write_meta(folder: Path, source: Source, spec: DataSpec, outcome: Outcome, kind: str | None) -> None:
    """What the arrays of a folder are, by which each is known again.

    Args:
        folder: where they lie.
        source: what they were decoded from.
        spec: with the size that they have.
        outcome: of the decoding.
        kind: packs of one kind hold the same pixels of the same files; None: nothing is known of the files.
    """
    table, skipped = outcome.table, len(outcome.broken)
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
        "skipped": skipped,
        "layout": table.layout + (f"; {skipped} broken images skipped" if skipped else ""),
        "fingerprint": digest.hexdigest()[:16],
        "image_size": spec.size,
        "kind": kind,
    }
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")


def seal(folder: Path) -> None:
    """Every file on the device and its owner's alone, before the folder gets its name."""
    for path in (*folder.iterdir(), folder):
        path.chmod(0o700 if path == folder else 0o600)
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def if_whole(folder: Path) -> ImageData | None:
    """What was packed, mapped; None where it is missing, or not as it was written."""
    try:
        files = json.loads((folder / "meta.json").read_text("utf-8"))["files"]
        whole = all(_mark(folder / name) == mark for name, mark in files.items())
        return mapped(folder) if whole else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def mapped(folder: Path) -> ImageData:
    """The images of a folder that is whole."""
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


def _mark(path: Path) -> list[int | str]:
    """Size in bytes and a digest of the first ones: what an array's file is known by."""
    with path.open("rb") as file:
        return [path.stat().st_size, hashlib.sha256(file.read(_HEAD_BYTES)).hexdigest()[:16]]


def _mapped_if_there(path: Path) -> Any:
    return np.load(path, mmap_mode="r") if path.exists() else None


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block
