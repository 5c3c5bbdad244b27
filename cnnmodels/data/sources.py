"""Where images come from: a generated set, or a folder whose layout is recognised. Lists and decodes; keeps nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from cnnmodels.data.image_data import VOID
from cnnmodels.data.spec import DataSpec
from cnnmodels.errors import DataError

Color = tuple[int, int, int]
Pixels = NDArray[np.uint8]
Decoded = tuple[Pixels, Pixels | np.int64 | None]  # RGB [height, width, 3]; a mask [height, width], a label, or nothing
_IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm"}
# What Pillow's decoders raise over damaged bytes, found by feeding them some; each format has its own habit.
_UNREADABLE = (OSError, ValueError, SyntaxError, OverflowError)


@dataclass(frozen=True)
class ClassTable:
    """Names and colours of the classes, which labels are void, and what to call the layout."""

    names: tuple[str, ...]
    colors: tuple[Color, ...]
    void: frozenset[int]
    layout: str


@dataclass(frozen=True)
class Sample:
    """One image with its target: its name for people, and how to decode it."""

    name: str
    files: tuple[Path, ...]  # what it is made of; none for a generated one
    decode: Callable[[tuple[int, int]], Decoded]  # at a height and a width


@dataclass(frozen=True)
class Source:
    """Samples by split, and the classes that follow from the labels which occur in them."""

    splits: dict[str, list[Sample]]
    classes: Callable[[set[int]], ClassTable]


def pair(root: Path, image: Path, mask: Path, labels: Callable[[Image.Image, Path], Pixels]) -> Sample:
    """A photo and its mask as a sample.

    Raises:
        DataError: one of them is a link that leaves the data folder.
    """
    refuse_link_out(root, image)
    refuse_link_out(root, mask)

    def decode(size: tuple[int, int]) -> Decoded:
        with _opened(image) as photo, _opened(mask) as drawn:
            if drawn.format == "JPEG":
                raise DataError(f"{mask}: a JPEG mask; its compression blurs one label into another, save masks as PNG")
            if photo.size != drawn.size:
                raise DataError(
                    f"{image}: {photo.width}x{photo.height} but its mask is {drawn.width}x{drawn.height}; "
                    "an image and its mask are of equal size"
                )
            height, width = size
            rgb = _loaded(photo, image).convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
            values = Image.fromarray(labels(_loaded(drawn, mask), mask))
            return np.asarray(rgb), np.asarray(values.resize((width, height), Image.Resampling.NEAREST))

    return Sample(image.name, (image, mask), decode)


def decode_photo(path: Path, size: tuple[int, int]) -> Pixels:
    """A photo alone, turned upright as its camera says.

    Raises:
        DataError: it cannot be read.
    """
    with _opened(path) as photo:
        upright = ImageOps.exif_transpose(_loaded(photo, path)).convert("RGB")
        return np.asarray(upright.resize((size[1], size[0]), Image.Resampling.BILINEAR))


def refuse_link_out(root: Path, path: Path) -> None:
    """Nothing outside the folder that was named is read.

    Raises:
        DataError: the path is a link that leaves the data folder, or leads nowhere.
    """
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # a circle of links is a RuntimeError before Python 3.13
        raise DataError(f"{path}: a link that leads nowhere; repair or remove it") from None
    if not target.is_relative_to(root.resolve()):
        raise DataError(f"{path}: a link that leaves the data folder; copy the file there")


def grey_labels(mask: Image.Image, path: Path) -> Pixels:
    """Labels of a mask whose grey value, or palette index, is the class.

    Raises:
        DataError: the mask is a colour picture, or has values above 255.
    """
    values = np.asarray(mask)
    if values.ndim == 3:
        if mask.mode not in ("RGB", "RGBA") or not (values[..., :1] == values[..., :3]).all():
            raise DataError(f"{path}: a colour picture; a mask holds its labels as grey values or palette indices")
        values = values[..., 0]
    if values.max(initial=0) > VOID:
        raise DataError(f"{path}: has label {values.max()}; labels are 0 to {VOID}")
    return values.astype(np.uint8)


def red_labels(mask: Image.Image, path: Path) -> Pixels:
    """Labels of a mask whose red channel is the class, as in the Lyft-Udacity set.

    Raises:
        DataError: the mask has no red channel.
    """
    if mask.mode not in ("RGB", "RGBA"):
        raise DataError(f"{path}: has no red channel (mode {mask.mode}); this layout keeps its labels there")
    return np.asarray(mask)[..., 0]


def images_in(folder: Path) -> dict[str, Path]:
    """The image files of a folder by name, sorted."""
    return {path.name: path for path in sorted(folder.iterdir()) if path.suffix.lower() in _IMAGE_SUFFIXES}


def pairs_in(root: Path, images: Path, masks: Path, labels: Callable[[Image.Image, Path], Pixels]) -> list[Sample]:
    """All images of one folder with their masks of the same name in another.

    Raises:
        DataError: there are no images, some have no mask, or two differ in their ending alone.
    """
    photos, drawn = _by_stem(images), _by_stem(masks)
    if not photos:
        raise DataError(f"{images}: no images ({', '.join(sorted(_IMAGE_SUFFIXES))})")
    alone = [photo.name for stem, photo in photos.items() if stem not in drawn]
    if alone:
        shown = ", ".join(alone[:3]) + (", ..." if len(alone) > 3 else "")
        raise DataError(f"{images}: {len(alone)} of {len(photos)} images have no mask in {masks.name}: {shown}")
    return [pair(root, photo, drawn[stem], labels) for stem, photo in photos.items()]


def _by_stem(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in images_in(folder).values():
        other = found.setdefault(path.stem, path)
        if other != path:
            raise DataError(f"{folder}: {other.name} and {path.name} differ in their ending alone; remove one of them")
    return found


def seeded_split(samples: list[Sample], spec: DataSpec) -> dict[str, list[Sample]]:
    """Training and validation where the folder has no split of its own; the same for the same seed and names."""
    if len(samples) < 2:
        raise DataError(f"{spec.path}: {len(samples)} image; at least 2 are needed, to train on and to validate on")
    order = np.random.default_rng(spec.seed).permutation(len(samples))
    held_out = set(order[: max(1, round(len(samples) * spec.val_share))].tolist())
    return {
        "train": [sample for index, sample in enumerate(samples) if index not in held_out],
        "val": [sample for index, sample in enumerate(samples) if index in held_out],
    }


def distinct_colors(count: int) -> tuple[Color, ...]:
    """Colours for classes that bring none, told apart by hue and by lightness."""
    hues = [(index * 0.61803398875) % 1 for index in range(count)]
    levels = [(200, 120, 160)[index % 3] for index in range(count)]
    return tuple(_hue(hue, level) for hue, level in zip(hues, levels, strict=True))


def _hue(hue: float, level: int) -> Color:
    parts = [abs((hue * 6 + shift) % 6 - 3) - 1 for shift in (0, 4, 2)]
    red, green, blue = (int(level * min(1.0, max(0.0, part)) + 40) for part in parts)
    return red, green, blue


def _opened(path: Path) -> Image.Image:
    try:
        return Image.open(path)
    except (*_UNREADABLE, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: cannot be read as an image ({error}); repair or remove it") from None


def _loaded(image: Image.Image, path: Path) -> Image.Image:
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise DataError(f"{path}: {image.width}x{image.height} pixels; an image has at most {limit:,} pixels")
    try:
        image.load()
    except _UNREADABLE as error:
        raise DataError(f"{path}: is truncated or damaged ({error}); repair or remove it") from None
    return image
