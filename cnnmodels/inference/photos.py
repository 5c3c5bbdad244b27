"""Photos from files, as many as there may be: a few are decoded ahead, and no more are held at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnmodels.data.pictures import Pixels, opened, orientation_of, photo_pixels, upright_size
from cnnmodels.errors import DataError

_AHEAD = 4  # photos that are decoded before they are asked for
_MOST_PIXELS = 32_000_000  # that a batch holds at the photos' own sizes; 100 MB
_NONE = np.zeros((0, 0, 3), dtype=np.uint8)


@dataclass(frozen=True)
class Photo:
    """One file: its pixels, or what is wrong with it."""

    path: Path
    pixels: Pixels  # upright RGB [height, width, 3] at its own size; empty where it cannot be read
    problem: str | None = None  # begins with the file's name


def read_photos(paths: Sequence[Path]) -> Iterator[Photo]:
    """The photos in their order; a file that cannot be read is one with a problem."""
    with ThreadPoolExecutor(max_workers=min(_AHEAD, os.cpu_count() or 1)) as pool:
        waiting: deque[Future[Photo]] = deque()
        for path in paths:
            waiting.append(pool.submit(read_photo, path))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def read_photo(path: Path) -> Photo:
    """One photo at its own size."""
    try:
        with opened(path) as image:
            return Photo(path, photo_pixels(image, path, upright_size(image, orientation_of(image))))
    except DataError as error:
        return Photo(path, _NONE, str(error))


def in_batches(photos: Iterable[Photo], most: int) -> Iterator[list[Photo]]:
    """So many photos at most, fewer where they are large."""
    batch: list[Photo] = []
    pixels = 0
    for photo in photos:
        of_photo = photo.pixels.shape[0] * photo.pixels.shape[1]
        if batch and (len(batch) == most or pixels + of_photo > _MOST_PIXELS):
            yield batch
            batch, pixels = [], 0
        batch.append(photo)
        pixels += of_photo
    if batch:
        yield batch
