"""Layouts of folders with photos alone: a folder for each class, or any colour photos."""

from __future__ import annotations

from pathlib import Path

from cnnmodels.data.label_set import ClassTable, distinct_colors
from cnnmodels.data.sources import Sample, Source, photo, seeded_split
from cnnmodels.data.spec import DataSpec
from cnnmodels.data.split_folders import split_folders
from cnnmodels.data.tree import Tree
from cnnmodels.errors import DataError


def class_folders(tree: Tree, spec: DataSpec) -> Source | None:
    """A folder for each class, under train/, valid/ (or val/) and test/, or at the top (split by a seed); the images
    of a class may lie in folders of their own."""
    splits = _splits(tree)
    homes = splits or {"": tree.root}
    found = {split: _photos_of_classes(tree, home) for split, home in homes.items()}
    if not any(found.values()):
        return None
    names = list(found.get("train", found.get("", {})))
    for split, of_class in found.items():
        unknown = [name for name in of_class if name not in names]
        if unknown:
            raise DataError(f"{homes[split] / unknown[0]}: class {unknown[0]!r} is in {split} but not in train")
        if not of_class:
            raise DataError(f"{homes[split]}: no folder in it holds images; {split} needs one for each class")
    if len(names) < 2:
        raise DataError(f"{tree.root}: images of one class alone ({names[0]!r}); classification needs at least 2")
    samples = {
        split: [photo(tree, path, names.index(name)) for name, paths in of_class.items() for path in paths]
        for split, of_class in found.items()
    }
    if not splits:
        samples = _split_by_class(tree, found[""], names, spec)
    layout = "class folders, split by folder" if splits else f"class folders, {spec.val_share:.0%} held out by a seed"
    table = ClassTable(tuple(names), distinct_colors(len(names)), layout)
    return Source(samples, lambda counts: table)


def photos(tree: Tree, spec: DataSpec) -> Source | None:
    """Colour photos under train/ and val/, or anywhere in the folder (split by a seed)."""
    splits = _splits(tree)
    samples = {
        split: [photo(tree, path) for path in tree.images_below(home)]
        for split, home in (splits or {"": tree.root}).items()
    }
    if not any(samples.values()):
        return None
    if not splits:
        samples = seeded_split(samples[""], spec)
    layout = "colour photos, split by folder" if splits else f"colour photos, {spec.val_share:.0%} held out by a seed"
    return Source(samples, lambda counts: ClassTable((), (), layout))


def _splits(tree: Tree) -> dict[str, Path]:
    """train, val and perhaps test; empty where the folder lacks one of the first two."""
    found = split_folders(tree, tree.root)
    return found if {"train", "val"} <= set(found) else {}


def _photos_of_classes(tree: Tree, home: Path) -> dict[str, list[Path]]:
    """The images of each class; folders that hold none are remembered as left out."""
    found = {name: tree.images_below(folder) for name, folder in tree.folders(home).items()}
    tree.leave_out([home / name for name, paths in found.items() if not paths], "folders that hold no images")
    tree.leave_out(tree.images(home).values() if any(found.values()) else [], "images that lie in no class's folder")
    return {name: paths for name, paths in found.items() if paths}


def _split_by_class(
    tree: Tree, of_class: dict[str, list[Path]], names: list[str], spec: DataSpec
) -> dict[str, list[Sample]]:
    """Hold out a share of each class, so that none is missing on either side."""
    splits: dict[str, list[Sample]] = {"train": [], "val": []}
    for name, paths in of_class.items():
        if len(paths) < 2:
            raise DataError(f"{spec.path}: class {name!r} has {len(paths)} image; it needs 2 to be split")
        samples = [photo(tree, path, names.index(name)) for path in paths]
        for split, members in seeded_split(samples, spec).items():
            splits[split] += members
    return splits
