"""ImageData: what a training run gets to see, decoded and mapped. Knows no files, no layouts, no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VOID = 255  # label of pixels that count neither in the loss nor in a metric, whatever the source called them


@dataclass(frozen=True)
class Split:
    """Images and their targets, in the same order, often mapped read-only from disk."""

    images: NDArray[np.uint8]  # [images, 3, height, width], RGB
    # classification: class numbers [images]; segmentation: [images, height, width], class number or VOID;
    # colorization: none, the image itself is the target; a task of somebody's own: float32 numbers, [images],
    # [images, numbers] or [images, height, width]
    targets: NDArray[np.int64] | NDArray[np.uint8] | NDArray[np.float32] | None
    names: tuple[str, ...] = ()  # of the images, in their order, for people; none where nobody needs them

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class ImageData:
    """All splits of one set of images. The test split is touched once, by the chosen model."""

    train: Split
    val: Split
    test: Split | None
    classes: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]  # RGB of each class, for people
    layout: str  # what was recognised, in words
    fingerprint: str  # equal for equal content at equal size
    image_size: tuple[int, int]  # height, width in pixels
    skipped: int = 0  # broken images that were left out
    left_out: tuple[str, ...] = ()  # what else the folder holds, in words, one line each

    def occurring(self, split: Split) -> tuple[str, ...]:
        """The classes that occur in the targets of a split, in their order; the others cannot be measured there."""
        if split.targets is not None and split.targets.dtype.kind == "f":
            return self.classes
        seen = np.zeros(max(len(self.classes), VOID + 1), dtype=np.bool_)
        for target in () if split.targets is None else split.targets:
            seen[target] = True
        return tuple(name for name, occurs in zip(self.classes, seen, strict=False) if occurs)
