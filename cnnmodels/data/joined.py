"""Training and validation images as one split to train on, with nothing held out. Copies no image."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from cnnmodels.data.image_data import ImageData, Split


def joined(data: ImageData) -> ImageData:
    """The same images, all of them but the test images to train on; the validation split is empty."""
    train, val = data.train, data.val
    images = cast("NDArray[np.uint8]", _Behind(train.images, val.images))  # of which no more than rows are taken
    targets = None
    if train.targets is not None and val.targets is not None:
        targets = np.concatenate([train.targets, val.targets])  # their classes are counted as a whole anyway
    none = Split(val.images[:0], None if val.targets is None else val.targets[:0])
    return replace(data, train=Split(images, targets, train.names + val.names), val=none)


class _Behind:
    """Two arrays of images, often mapped from disk, one behind the other."""

    def __init__(self, first: NDArray[np.uint8], second: NDArray[np.uint8]) -> None:
        self._first, self._second = first, second

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    def __getitem__(self, chosen: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Images by their numbers, [images, 3, height, width]."""
        behind = chosen >= len(self._first)
        found = np.empty((len(chosen), *self._first.shape[1:]), dtype=self._first.dtype)
        found[~behind] = self._first[chosen[~behind]]
        found[behind] = self._second[chosen[behind] - len(self._first)]
        return found
