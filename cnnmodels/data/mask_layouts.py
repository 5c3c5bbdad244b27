"""Layouts with a mask for every photo: folders of pairs as people and tools name them, and Lyft-Udacity's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from cnnmodels.data.generated_sets import streets
from cnnmodels.data.image_data import VOID
from cnnmodels.data.label_map import LabelMap, map_of
from cnnmodels.data.label_set import ClassTable, Counts, mapped_table, table_of
from cnnmodels.data.label_tables import label_map_in
from cnnmodels.data.masks import MaskReader, grey_labels, mapped, red_labels
from cnnmodels.data.pairing import MASK_WORDS, PHOTO_WORDS, apart, for_eyes, paired
from cnnmodels.data.sources import Sample, Source, held_out, pair, seeded_split
from cnnmodels.data.spec import OTHER, DataSpec
from cnnmodels.data.split_folders import SPLITS, split_folders
from cnnmodels.data.tree import Tree
from cnnmodels.errors import DataError

_CAMVID = {
    "sky": (128, 128, 128), "building": (128, 0, 0), "pole": (192, 192, 128), "road": (128, 64, 128),
    "pavement": (60, 40, 222), "tree": (128, 128, 0), "sign": (192, 128, 128), "fence": (64, 64, 128),
    "car": (64, 0, 128), "pedestrian": (64, 64, 0), "bicyclist": (0, 128, 192),
}  # fmt: skip
_CAMVID_LABELS = set(range(12))  # the last one is void
_CITYSCAPES = {  # label in *_labelIds.png -> class that is evaluated (cityscapesScripts, labels.py)
    "7": "road", "8": "sidewalk", "11": "building", "12": "wall", "13": "fence", "17": "pole", "19": "traffic light",
    "20": "traffic sign", "21": "vegetation", "22": "terrain", "23": "sky", "24": "person", "25": "rider", "26": "car",
    "27": "truck", "28": "bus", "31": "train", "32": "motorcycle", "33": "bicycle",
}  # fmt: skip
_LOOKED_AT = 8  # masks; the several of one photo lie together
_JOINED = re.compile(r"[ ._-]?(" + "|".join(map(re.escape, MASK_WORDS)) + ")")


def pairs_by_split(tree: Tree, spec: DataSpec) -> Source | None:
    """Photos and masks under `train/` and `val/`, however the two are told apart."""
    for homes in (_beside(tree), _splits_within(tree), _within_splits(tree)):
        if "train" not in homes:
            continue
        unmasked = split_folders(tree, tree.root).get("val") if "val" not in homes else None
        if unmasked is not None:
            train = _shown(tree, *homes["train"])
            raise DataError(f"{tree.root}: has {train} but no masks of {tree.name_of(unmasked)}/ to validate on")
        return _of_homes(tree, spec, homes)
    return None


def pairs_unsplit(tree: Tree, spec: DataSpec) -> Source | None:
    """`images/` and `masks/`, or both in one folder, or several folders of such; split by a seed."""
    homes = [found] if (found := _photos_and_masks(tree, tree.root)) else []
    homes = homes or [one for folder in tree.folders(tree.root).values() if (one := _photos_and_masks(tree, folder))]
    if not homes:
        if not apart(list(tree.images(tree.root).values()))[1]:
            return None
        homes = [(tree.root, tree.root)]
    samples = [sample for home in homes for sample in _samples(tree, spec, home)]
    layout = f"photos and masks, {held_out(spec)}"
    return source_of(seeded_split(samples, spec), spec, _map_of(tree, spec, homes), layout, tree)


def holds_masks(tree: Tree) -> bool:
    """Whether the folder's names say that there are masks in it."""
    return bool(_beside(tree) or _splits_within(tree) or _photos_and_masks(tree, tree.root))


def lyft(tree: Tree, spec: DataSpec) -> Source | None:
    """`CameraRGB/` and `CameraSeg/`, with the labels in the red channel."""
    folders = tree.folders(tree.root)
    if "CameraRGB" not in folders or "CameraSeg" not in folders:
        return None
    given = map_of(spec.labels) if spec.labels else None
    reader = mapped(given, red_labels) if given else red_labels
    photos, masks = tree.images_below(folders["CameraRGB"]), tree.images_below(folders["CameraSeg"])
    samples = _pairs(tree, photos, masks, (folders["CameraRGB"], folders["CameraSeg"]), reader)
    layout = f"Lyft-Udacity, labels in the red channel, {held_out(spec)}"
    known = ClassTable(streets.CLASSES, streets.COLORS, layout)
    return source_of(seeded_split(samples, spec), spec, given, layout, tree, known)


def source_of(
    splits: dict[str, list[Sample]],
    spec: DataSpec,
    labels: LabelMap | None,
    layout: str,
    tree: Tree,
    known: ClassTable | None = None,
) -> Source:
    """Photos with masks; their classes by what a map says, or else by the labels themselves."""
    where = str(tree.root)
    if labels is not None:
        given = labels
        return Source(splits, lambda counts: mapped_table(given, counts, layout, where), repr(labels))
    return Source(splits, lambda counts: table_of(spec, counts, layout, known=known, where=where))


def reader_of(labels: LabelMap | None) -> MaskReader:
    """Reads masks by a map, or the labels as they are where there is none."""
    return grey_labels if labels is None else mapped(labels)


def _of_homes(tree: Tree, spec: DataSpec, homes: dict[str, tuple[Path, Path]]) -> Source:
    samples = {}
    for split, home in homes.items():
        if split == "test" and "gtfine" in home[1].as_posix().lower():
            continue  # the masks of Cityscapes' test images are kept back; those in the archive are blank
        samples[split] = _samples(tree, spec, home)
    layout = "photos and masks, split by folder"
    if "val" not in samples:
        samples |= seeded_split(samples["train"], spec)
        layout = f"photos and masks, {held_out(spec)}"
    labels = _map_of(tree, spec, homes.values())
    if labels is not None or spec.classes is not None or spec.ignore is not None:
        return source_of(samples, spec, labels, layout, tree)

    def classes(counts: Mapping[str, Counts]) -> ClassTable:
        used = {int(label) for one in counts.values() for label in np.flatnonzero(one[0])}
        if used - {VOID} != _CAMVID_LABELS:
            return table_of(spec, counts, layout, where=str(tree.root))
        named = "CamVid with the 12 labels of the SegNet tutorial, 11 of them classes, label 11 void"
        return ClassTable(tuple(_CAMVID), tuple(_CAMVID.values()), named, frozenset({11}))

    return Source(samples, classes)


def _samples(tree: Tree, spec: DataSpec, home: tuple[Path, Path]) -> list[Sample]:
    photos, masks = tree.images_below(home[0]), tree.images_below(home[1])
    if home[0] == home[1]:
        photos, masks = apart(photos)
    if not photos:
        raise DataError(f"{home[0]}: no images")
    return _pairs(tree, photos, masks, home, reader_of(_map_of(tree, spec, [home])))


def _pairs(
    tree: Tree, photos: list[Path], masks: list[Path], home: tuple[Path, Path], reader: MaskReader
) -> list[Sample]:
    found = paired(photos, masks, *home)
    used = {mask for _, mask in found}
    tree.leave_out([mask for mask in masks if mask not in used and not for_eyes(mask)], "masks without a photo")
    return [pair(tree, photo, mask, reader) for photo, mask in found]


def _map_of(tree: Tree, spec: DataSpec, homes: Iterable[tuple[Path, Path]]) -> LabelMap | None:
    """What the person says of the labels, or else a tool's table beside the images, or what Cityscapes means."""
    if spec.labels is not None:
        return map_of(spec.labels)
    if spec.classes is not None:
        return None
    masks = next(iter(homes))[1]
    stems = [path.stem.lower() for path in tree.images_below(masks)[:_LOOKED_AT]]
    if any(stem.endswith("_labeltrainids") for stem in stems):
        ids = {str(number): name for number, name in enumerate(_CITYSCAPES.values())}
        return map_of({**ids, OTHER: None}, "Cityscapes' trainIds")
    if any(stem.endswith("_labelids") for stem in stems):
        return map_of({**_CITYSCAPES, OTHER: None}, "Cityscapes' labelIds")
    return label_map_in(tree, masks, *[one for one in masks.parents if one.is_relative_to(tree.top)])


def _beside(tree: Tree) -> dict[str, tuple[Path, Path]]:
    """`train/` and `trainannot/` (CamVid), `train_labels/`, `train_masks/`, ..."""
    folders = {name.lower(): path for name, path in tree.folders(tree.root).items()}
    homes: dict[str, tuple[Path, Path]] = {}
    for split, names in SPLITS.items():
        for name in names:
            for other, masks in folders.items():
                if name in folders and other.startswith(name) and _JOINED.fullmatch(other[len(name) :]):
                    homes.setdefault(split, (folders[name], masks))
    return homes


def _splits_within(tree: Tree) -> dict[str, tuple[Path, Path]]:
    """`images/train/` and `masks/train/`."""
    found = _photos_and_masks(tree, tree.root)
    if found is None:
        return {}
    photos, masks = (split_folders(tree, home) for home in found)
    return {split: (photos[split], masks[split]) for split in photos if split in masks}


def _within_splits(tree: Tree) -> dict[str, tuple[Path, Path]]:
    """`train/images/` and `train/masks/`, or both kinds in `train/`, as Roboflow writes them."""
    homes = {}
    for split, home in split_folders(tree, tree.root).items():
        found = _photos_and_masks(tree, home)
        if found is None and apart(list(tree.images(home).values()))[1]:
            found = home, home
        if found is not None:
            homes[split] = found
    return homes


def _photos_and_masks(tree: Tree, home: Path) -> tuple[Path, Path] | None:
    """A folder of photos and one of masks, known by their usual names, the masks by the likeliest one."""
    folders = {name.lower().replace(" ", "_"): path for name, path in tree.folders(home).items()}
    photos = next((folders[word] for word in PHOTO_WORDS if word in folders), None)
    masks = [folders[word] for word in MASK_WORDS if word in folders and tree.images_below(folders[word])]
    return (photos, masks[0]) if photos and masks and tree.images_below(photos) else None


def _shown(tree: Tree, photos: Path, masks: Path) -> str:
    return f"{tree.name_of(photos)}/" if photos == masks else f"{tree.name_of(photos)}/ and {tree.name_of(masks)}/"
