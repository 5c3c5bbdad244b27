"""Images decoded once a machine, then mapped from disk for ever: uint8 arrays under a cache folder.

The folder's key is made of what the source's files are called, how large they are and when they were changed, and of
the size that they are scaled to; reading every byte of a large set at each start would cost more than it protects. The
fingerprint, which results are compared by, is taken from the decoded pixels themselves.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from cnnmodels.data.decoding import Progress, decode
from cnnmodels.data.earlier_rows import Origins, with_earlier_rows
from cnnmodels.data.generated import VERSIONS
from cnnmodels.data.image_data import ImageData
from cnnmodels.data.image_size import with_size
from cnnmodels.data.layouts import open_source
from cnnmodels.data.pack_folder import if_whole, mapped, seal, write_meta
from cnnmodels.data.room import refuse_without_room
from cnnmodels.data.sources import Source
from cnnmodels.data.spec import DataSpec
from cnnmodels.errors import DataError

_FORMAT = 5  # raise it when what is written changes, or what is read from the same files
_MAY_DIFFER = {"path"}  # of a spec: a folder that was moved holds the same images


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
            data = if_whole(folder)
            if data is None:
                refuse_without_room(source, spec, task, cache)
                _pack(source, spec, task, folder, progress or (lambda done, total: None))
                data = mapped(folder)
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
        data = if_whole(meta.parent)
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


def _pack(source: Source, spec: DataSpec, task: str, folder: Path, progress: Progress) -> None:
    """Decode into a folder beside, then rename it; the caller holds the lock."""
    origins = Origins.of(source, spec, [_FORMAT, task])  # looked at first: a file that changes meanwhile has changed
    if origins is not None:
        source = with_earlier_rows(source, origins, folder.parent)
    beside = folder.with_name(f".{folder.name}")
    shutil.rmtree(beside, ignore_errors=True)  # left by a process that was killed in mid-decoding
    beside.mkdir(mode=0o700)
    try:
        outcome = decode(source, spec, beside, progress)
        if origins is not None:
            origins.write(beside, source, outcome)
        write_meta(beside, source, spec, outcome, origins.kind if origins else None)
        seal(beside)
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
