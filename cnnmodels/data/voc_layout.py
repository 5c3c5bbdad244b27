"""The layout of PASCAL VOC, as the challenge, CVAT, labelme and other tools write it."""

from __future__ import annotations

import re
from pathlib import Path

from cnnmodels.data.label_map import map_of
from cnnmodels.data.label_set import ClassTable
from cnnmodels.data.label_tables import label_map_in
from cnnmodels.data.mask_layouts import reader_of, source_of
from cnnmodels.data.masks import MaskReader, voc_color
from cnnmodels.data.pairing import paired
from cnnmodels.data.sources import Sample, Source, held_out, pair, seeded_split
from cnnmodels.data.spec import DataSpec
from cnnmodels.data.tree import Tree, same_name
from cnnmodels.errors import DataError

NAMES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
_PHOTOS = "JPEGImages"
_MASKS = ("SegmentationClass", "SegmentationClassPNG")
_LISTS = {"train": ("train",), "val": ("val", "valid", "validation"), "test": ("test",)}
_COLUMNS = re.compile(r"\s+-?\d+\s*$")  # behind a name: whether the image shows some class


def voc(tree: Tree, spec: DataSpec) -> Source | None:
    """`JPEGImages/` and `SegmentationClass/`, with lists in `ImageSets/Segmentation/` or split by a seed."""
    home = _home(tree)
    if home is None:
        return None
    folders = tree.folders(home)
    photos = folders.get(_PHOTOS, home / _PHOTOS)
    masks = next((folders[name] for name in _MASKS if name in folders and tree.images(folders[name])), home / _MASKS[0])
    labels = (
        map_of(spec.labels)
        if spec.labels
        else None
        if spec.classes
        else label_map_in(tree, home, *filter(Path.is_dir, [masks]))
    )
    reader, lists = reader_of(labels), _lists(tree, home)
    splits = {name: _listed(tree, path, photos, masks, reader) for name, path in lists.items()}
    if not splits:
        found = paired(tree.images_below(photos), tree.images_below(masks), photos, masks)
        splits[""] = [pair(tree, photo, mask, reader) for photo, mask in found]
    how = "split by its lists"
    if not {"train", "val"} <= set(splits):
        if len(splits) > 1:
            raise DataError(f"{home}: ImageSets/Segmentation needs train.txt and val.txt; it has {', '.join(splits)}")
        splits, how = seeded_split(next(iter(splits.values())), spec), held_out(spec)
    year = f" ({home.name})" if home.name.lower().startswith("voc") else ""
    layout = f"PASCAL VOC segmentation{year}, {how}"
    known = ClassTable(NAMES, tuple(voc_color(label) for label in range(len(NAMES))), layout)
    return source_of(splits, spec, labels, layout, tree, known)


def _home(tree: Tree) -> Path | None:
    """The folder itself, or the latest of the years in it."""
    below = [path for folder in tree.folders(tree.root).values() for path in (folder, *tree.folders(folder).values())]
    for folder in (tree.root, *sorted(below, reverse=True)):
        folders = tree.folders(folder)
        if "ImageSets" in folders and "Segmentation" in tree.folders(folders["ImageSets"]):
            return folder
        if _PHOTOS in folders and any(name in folders for name in _MASKS):
            return folder
    return None


def _lists(tree: Tree, home: Path) -> dict[str, Path]:
    """The lists by split; one alone, whatever it is called, is to be split."""
    sets = tree.folders(home).get("ImageSets")
    folder = tree.folders(sets).get("Segmentation") if sets else None
    files = tree.others(folder).values() if folder else ()
    found = {path.stem.lower(): path for path in files if path.suffix.lower() == ".txt"}
    splits = {split: next((found[name] for name in names if name in found), None) for split, names in _LISTS.items()}
    given = {split: path for split, path in splits.items() if path is not None}
    whole = found.get("trainval") or next(iter(found.values()), None)
    return given if {"train", "val"} <= set(given) or len(given) > 1 or whole is None else {"": whole}


def _listed(tree: Tree, listing: Path, photos: Path, masks: Path, reader: MaskReader) -> list[Sample]:
    try:
        lines = [same_name(line.strip()) for line in listing.read_text("utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{listing}: cannot be read as a list of names ({error})") from None
    photo_of, mask_of = _by_stem(tree, photos), _by_stem(tree, masks)
    samples = []
    for line in filter(None, lines):
        stem = _stem_in(line, photo_of)
        for known, folder, ending in ((photo_of, photos, ".jpg"), (mask_of, masks, ".png")):
            if stem not in known:
                raise DataError(f"{folder / stem}{ending}: no such file, but {listing.name} lists {line}")
        samples.append(pair(tree, photo_of[stem], mask_of[stem], reader))
    if not samples:
        raise DataError(f"{listing}: lists no images")
    return samples


def _stem_in(line: str, known: dict[str, Path]) -> str:
    """The name in a line: all of it, or without columns behind it, a path before it, or an ending."""
    without = _COLUMNS.sub("", line)
    first = line.split()[0]
    for part in (line, without, first):
        for name in (part, Path(part).name, Path(part).stem):
            if name in known:
                return name
    return Path(without).name


def _by_stem(tree: Tree, folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    return {same_name(path.name).removesuffix(path.suffix): path for path in tree.images_below(folder)}
