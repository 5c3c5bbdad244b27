"""Where images come from: samples by split, each of which decodes itself. Keeps nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnmodels.data.label_set import ClassTable, Counts
from cnnmodels.data.masks import MaskReader
from cnnmodels.data.pictures import Pixels, loaded, opened, orientation_of, photo_pixels, turned, upright_size
from cnnmodels.data.spec import DataSpec
from cnnmodels.data.tree import Tree, same_name
from cnnmodels.errors import DataError

# A mask [height, width], a label, or nothing; of a task of somebody's own float32 numbers of the image or its pixels.
Target = Pixels | NDArray[np.float32] | np.int64 | None
Decoded = tuple[Pixels, Target]  # RGB [height, width, 3]


@dataclass(frozen=True)
class Sample:
    """One image with its target: its name for people, and how to decode it."""

    name: str
    files: tuple[Path, ...]  # what it is made of, the photo first; none for a generated one
    decode: Callable[[tuple[int, int]], Decoded]  # at a height and a width
    label: np.int64 | None = None  # of the whole image, where it has one
    native: Callable[[], tuple[int, int]] | None = None  # its own height and width, where no file tells them


@dataclass(frozen=True)
class Source:
    """Samples by split, and the classes that follow from the labels which occur in them."""

    splits: dict[str, list[Sample]]
    classes: Callable[[Mapping[str, Counts]], ClassTable]  # of how often each label occurs, by split
    rules: str = ""  # what else their decoding follows from, such as a table of colours
    numbering: Callable[[], str] = lambda: ""  # and what of all files together, which is dear to read
    left_out: tuple[str, ...] = ()  # what the folder holds beside them, in words


def pair(tree: Tree, image: Path, mask: Path, labels: MaskReader) -> Sample:
    """A photo and its mask as a sample.

    Raises:
        DataError: one of them is a link that leaves the data folder.
    """
    tree.refuse_link_out(mask)
    return drawn_pair(tree, image, mask, lambda: opened(mask), labels)


def drawn_pair(
    tree: Tree, image: Path, origin: Path, draw: Callable[[], AbstractContextManager[Image.Image]], labels: MaskReader
) -> Sample:
    """A photo, and a mask that is made when it is needed.

    Args:
        tree: the data folder.
        image: the photo.
        origin: the file that the mask comes from.
        draw: gives the mask's picture, as large as the photo.
        labels: reads the mask's labels.

    Raises:
        DataError: the photo is a link that leaves the data folder.
    """
    tree.refuse_link_out(image)

    def decode(size: tuple[int, int]) -> Decoded:
        with opened(image) as photo, draw() as drawn:
            turn = _turn_of_mask(photo, image, drawn, origin)
            return photo_pixels(photo, image, size), _mask_pixels(drawn, origin, size, turn, labels)

    return Sample(same_name(image.name), (image, origin), decode)


def photo(tree: Tree, path: Path, label: int | None = None) -> Sample:
    """A photo alone, perhaps with its class number.

    Raises:
        DataError: it is a link that leaves the data folder.
    """
    tree.refuse_link_out(path)
    number = None if label is None else np.int64(label)

    def decode(size: tuple[int, int]) -> Decoded:
        return decode_photo(path, size), number

    return Sample(tree.name_of(path), (path,), decode, number)


def decode_photo(path: Path, size: tuple[int, int]) -> Pixels:
    """A photo as people see it, scaled to a height and a width.

    Raises:
        DataError: it cannot be read.
    """
    with opened(path) as image:
        return photo_pixels(image, path, size)


def seeded_split(samples: list[Sample], spec: DataSpec) -> dict[str, list[Sample]]:
    """Training and validation where the folder has no split of its own; the same for the same seed and names."""
    if len(samples) < 2:
        raise DataError(f"{spec.path}: {len(samples)} image; at least 2 are needed, to train on and to validate on")
    order = np.random.default_rng(spec.seed).permutation(len(samples))
    held_out = set(order[: held_out_count(len(samples), spec)].tolist())
    return {
        "train": [sample for index, sample in enumerate(samples) if index not in held_out],
        "val": [sample for index, sample in enumerate(samples) if index in held_out],
    }


def held_out_count(images: int, spec: DataSpec) -> int:
    """How many of so many images are held out to validate on, at least one.

    Raises:
        DataError: none is left to train on.
    """
    count = max(1, round(images * spec.val_share))
    if count >= images:
        raise DataError(
            f"data.val_share: {spec.val_share:g} of {images} images leaves none to train on; use less, such as 0.2"
        )
    return count


def held_out(spec: DataSpec) -> str:
    """How `seeded_split` splits, in words."""
    return f"{spec.val_share:.0%} held out by seed {spec.seed}"


def _turn_of_mask(photo: Image.Image, image: Path, drawn: Image.Image, mask: Path) -> int:
    """How the mask is to be turned: as it says itself, or with its photo where it was drawn on the pixels as stored.

    Raises:
        DataError: the mask is a JPEG, or is not as large as its photo.
    """
    if drawn.format in ("JPEG", "MPO"):
        raise DataError(f"{mask}: a JPEG mask; its compression blurs one label into another, save masks as PNG")
    turn, own = orientation_of(photo), orientation_of(drawn)
    (height, width), (drawn_height, drawn_width) = upright_size(photo, turn), upright_size(drawn, own)
    if (height, width) == (drawn_height, drawn_width):
        return own
    if own == 1 and drawn.size == photo.size:
        return turn
    raise DataError(
        f"{image}: {width}x{height} but its mask is {drawn_width}x{drawn_height}; "
        "an image and its mask are of equal size"
    )


def _mask_pixels(drawn: Image.Image, path: Path, size: tuple[int, int], turn: int, labels: MaskReader) -> Pixels:
    picture = turned(loaded(drawn, path), turn)
    if picture.mode.startswith("I;16"):
        picture = picture.convert("I")
    return labels(picture.resize((size[1], size[0]), Image.Resampling.NEAREST), path)
