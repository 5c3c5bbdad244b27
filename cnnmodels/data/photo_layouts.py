"""Layouts of folders with photos alone: a folder for each class, or any colour photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cnnmodels.data.sources import (
    ClassTable,
    Decoded,
    Sample,
    Source,
    decode_photo,
    distinct_colors,
    images_in,
    refuse_link_out,
    seeded_split,
)
from cnnmodels.data.spec import DataSpec
from cnnmodels.errors import DataError

_VALIDATION = ("valid", "val", "validation")


def class_folders(root: Path, spec: DataSpec) -> Source | None:
    """A folder for each class, under train/, valid/ (or val/) and test/, or at the top (split by a seed)."""
    splits = _split_folders(root)
    homes = splits or {"": root}
    if not any(images_in(folder) for home in homes.values() for folder in _folders(home)):
        return None
    names = [folder.name for folder in _folders(splits.get("train", root)) if images_in(folder)]
    for split, home in splits.items():
        unknown = [folder.name for folder in _folders(home) if images_in(folder) and folder.name not in names]
        if unknown:
            raise DataError(f"{home / unknown[0]}: class {unknown[0]!r} is in {split} but not in train")
    if len(names) < 2:
        raise DataError(f"{root}: images of one class alone ({names[0]!r}); classification needs at least 2")
    samples = {split: _labelled(root, home, names) for split, home in homes.items()}
    if not splits:
        samples = _split_by_class(samples[""], names, spec)
    layout = "class folders, split by folder" if splits else f"class folders, {spec.val_share:.0%} held out by a seed"
    table = ClassTable(tuple(names), distinct_colors(len(names)), frozenset(), layout)
    return Source(samples, lambda labels: table)


def photos(root: Path, spec: DataSpec) -> Source | None:
    """Colour photos under train/ and val/, or anywhere in the folder (split by a seed)."""
    splits = _split_folders(root)
    samples = {
        split: [_photo(root, path) for path in _photos_below(home)] for split, home in (splits or {"": root}).items()
    }
    if not any(samples.values()):
        return None
    if not splits:
        samples = seeded_split(samples[""], spec)
    layout = "colour photos, split by folder" if splits else f"colour photos, {spec.val_share:.0%} held out by a seed"
    return Source(samples, lambda labels: ClassTable((), (), frozenset(), layout))


def _split_folders(root: Path) -> dict[str, Path]:
    """train, val and perhaps test; empty where the folder has no splits."""
    validation = next((root / name for name in _VALIDATION if (root / name).is_dir()), None)
    if validation is None or not (root / "train").is_dir():
        return {}
    found = {"train": root / "train", "val": validation}
    return {**found, "test": root / "test"} if (root / "test").is_dir() else found


def _folders(home: Path) -> list[Path]:
    return sorted(path for path in home.iterdir() if path.is_dir())


def _photos_below(home: Path) -> list[Path]:
    folders = [home, *sorted(path for path in home.rglob("*") if path.is_dir())]
    return [photo for folder in folders for photo in images_in(folder).values()]


def _labelled(root: Path, home: Path, names: list[str]) -> list[Sample]:
    return [
        _photo(root, photo, names.index(folder.name))
        for folder in _folders(home)
        if folder.name in names
        for photo in images_in(folder).values()
    ]


def _photo(root: Path, path: Path, label: int | None = None) -> Sample:
    refuse_link_out(root, path)

    def decode(size: tuple[int, int]) -> Decoded:
        return decode_photo(path, size), None if label is None else np.int64(label)

    return Sample(str(path.relative_to(root)), (path,), decode)


def _split_by_class(samples: list[Sample], names: list[str], spec: DataSpec) -> dict[str, list[Sample]]:
    """Hold out a share of each class, so that none is missing on either side."""
    splits: dict[str, list[Sample]] = {"train": [], "val": []}
    for name in names:
        of_class = [sample for sample in samples if Path(sample.name).parts[0] == name]
        if len(of_class) < 2:
            raise DataError(f"{spec.path}: class {name!r} has {len(of_class)} image; it needs 2 to be split")
        for split, members in seeded_split(of_class, spec).items():
            splits[split] += members
    return splits
