"""Folders that are a split: train, val and test by the names that people and tools give them."""

from __future__ import annotations

from pathlib import Path

from cnnmodels.data.tree import Tree

SPLITS = {
    "train": ("train", "training", "train2017", "train2014"),
    "val": ("val", "valid", "validation", "dev", "val2017", "val2014"),
    "test": ("test", "testing"),
}


def split_folders(tree: Tree, home: Path) -> dict[str, Path]:
    """The folders of a folder that are splits, in the order train, val, test; names in any case."""
    folders = {name.lower(): path for name, path in tree.folders(home).items()}
    found = {split: next((folders[name] for name in names if name in folders), None) for split, names in SPLITS.items()}
    return {split: path for split, path in found.items() if path is not None}
