"""What decoded images take of memory and of the cache's disk, reckoned before the first one is decoded."""

from __future__ import annotations

from pathlib import Path

import psutil

from cnnmodels.data.decoding import HELD
from cnnmodels.data.sources import Source
from cnnmodels.data.spec import DataSpec
from cnnmodels.disk_space import refuse_full, size
from cnnmodels.errors import DataError

_BYTES_IN_MEMORY = 4  # of a pixel while it waits to be written, with its mask
_BYTES_ON_DISK = {"segmentation": 4}  # of a pixel, with its mask
_RGB = 3


def refuse_without_room(source: Source, spec: DataSpec, task: str, cache: Path) -> None:
    """Refuse a size of images that this machine cannot hold.

    Raises:
        DataError: the images in hand would fill the memory, or all of them the disk of the cache.
    """
    images = sum(len(samples) for samples in source.splits.values())
    height, width = spec.size
    asked, pixels = f"data.image_size: {images} images of {height}x{width} pixels", height * width
    memory, free = min(HELD, images) * pixels * _BYTES_IN_MEMORY, psutil.virtual_memory().available
    if memory > free:
        raise DataError(f"{asked} need about {size(memory)} of memory to decode, {size(free)} free; use a smaller size")
    problem = refuse_full(cache, images * pixels * _BYTES_ON_DISK.get(task, _RGB))
    if problem:
        raise DataError(
            f"{asked}: {problem}; make room, use a smaller size, or set CNN_TUNE_CACHE to a folder on another disk"
        )
