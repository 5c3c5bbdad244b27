"""Layouts of folders with a mask for every photo: CamVid, Lyft-Udacity, PASCAL VOC."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cnnmodels.data.generated_sets import streets
from cnnmodels.data.image_data import VOID
from cnnmodels.data.sources import (
    ClassTable,
    Color,
    Sample,
    Source,
    distinct_colors,
    grey_labels,
    pair,
    pairs_in,
    red_labels,
    seeded_split,
)
from cnnmodels.data.spec import DataSpec
from cnnmodels.errors import DataError

_CAMVID = {
    "sky": (128, 128, 128), "building": (128, 0, 0), "pole": (192, 192, 128), "road": (128, 64, 128),
    "pavement": (60, 40, 222), "tree": (128, 128, 0), "sign": (192, 128, 128), "fence": (64, 64, 128),
    "car": (64, 0, 128), "pedestrian": (64, 64, 0), "bicyclist": (0, 128, 192),
}  # fmt: skip
_VOC = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip


def camvid(root: Path, spec: DataSpec) -> Source | None:
    if not (root / "train").is_dir() or not (root / "trainannot").is_dir():
        return None
    if not (root / "val").is_dir() or not (root / "valannot").is_dir():
        raise DataError(f"{root}: has train/ and trainannot/ but no val/ and valannot/ to validate on")
    splits = [name for name in ("train", "val", "test") if (root / f"{name}annot").is_dir()]
    samples = {name: pairs_in(root, root / name, root / f"{name}annot", grey_labels) for name in splits}

    def classes(labels: set[int]) -> ClassTable:
        if spec.classes is None and spec.ignore is None and labels - {VOID} == set(range(12)):
            layout = "CamVid with the 12 labels of the SegNet tutorial, 11 of them classes, label 11 void"
            return ClassTable(tuple(_CAMVID), tuple(_CAMVID.values()), frozenset({11}), layout)
        return _table(spec, labels, "photos and masks, split by folder")

    return Source(samples, classes)


def lyft(root: Path, spec: DataSpec) -> Source | None:
    if not (root / "CameraRGB").is_dir() or not (root / "CameraSeg").is_dir():
        return None
    samples = pairs_in(root, root / "CameraRGB", root / "CameraSeg", red_labels)
    layout = f"Lyft-Udacity, labels in the red channel, {spec.val_share:.0%} held out by seed {spec.seed}"
    return Source(seeded_split(samples, spec), _fixed(spec, streets.CLASSES, streets.COLORS, layout))


def voc(root: Path, spec: DataSpec) -> Source | None:
    homes = [root, root / "VOC2007", root / "VOCdevkit" / "VOC2007"]
    home = next((folder for folder in homes if (folder / "ImageSets" / "Segmentation").is_dir()), None)
    if home is None:
        return None
    splits = {
        name: _voc_split(root, home, name)
        for name in ("train", "val", "test")
        if (home / "ImageSets" / "Segmentation" / f"{name}.txt").is_file()
    }
    if not {"train", "val"} <= set(splits):
        raise DataError(f"{home}: ImageSets/Segmentation needs train.txt and val.txt; it has {', '.join(splits)}")
    colors = tuple(_voc_color(label) for label in range(len(_VOC)))
    return Source(splits, _fixed(spec, _VOC, colors, "PASCAL VOC 2007 segmentation, official splits"))


def _voc_split(root: Path, home: Path, name: str) -> list[Sample]:
    listing = home / "ImageSets" / "Segmentation" / f"{name}.txt"
    samples = []
    try:
        stems = listing.read_text("utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{listing}: cannot be read as a list of names ({error})") from None
    for stem in stems:
        photo, mask = home / "JPEGImages" / f"{stem}.jpg", home / "SegmentationClass" / f"{stem}.png"
        for path in (photo, mask):
            if not path.is_file():
                raise DataError(f"{path}: no such file, but {listing.name} lists {stem}")
        samples.append(pair(root, photo, mask, grey_labels))
    if not samples:
        raise DataError(f"{listing}: lists no images")
    return samples


def _voc_color(label: int) -> Color:
    """The palette of the VOC masks: the label's bits, spread over the three channels from their highest bit down."""
    channels = [0, 0, 0]
    for bit in range(8):
        for channel in range(3):
            channels[channel] |= ((label >> (3 * bit + channel)) & 1) << (7 - bit)
    return channels[0], channels[1], channels[2]


def _fixed(
    spec: DataSpec, names: tuple[str, ...], colors: tuple[Color, ...], layout: str
) -> Callable[[set[int]], ClassTable]:
    """The classes of a well-known set, unless the person names others."""

    def classes(labels: set[int]) -> ClassTable:
        if spec.classes is not None:
            return _table(spec, labels, layout)
        return ClassTable(names, colors, _void(spec), layout)

    return classes


def _table(spec: DataSpec, labels: set[int], layout: str) -> ClassTable:
    void = _void(spec)
    count = max(labels - void - {VOID}, default=-1) + 1
    names = spec.classes or tuple(f"class_{label}" for label in range(count))
    return ClassTable(names, distinct_colors(len(names)), void, layout)


def _void(spec: DataSpec) -> frozenset[int]:
    return frozenset() if spec.ignore is None else frozenset({spec.ignore})
