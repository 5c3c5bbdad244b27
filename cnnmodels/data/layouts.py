"""From a DataSpec to a Source: a generated set, or the first layout of the task that a folder has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from cnnmodels.data import mask_layouts, photo_layouts
from cnnmodels.data.coco_layout import coco
from cnnmodels.data.generated import generated
from cnnmodels.data.labelme_layout import labelme
from cnnmodels.data.own_source import own_source
from cnnmodels.data.sources import Source
from cnnmodels.data.spec import DataSpec
from cnnmodels.data.tree import Tree
from cnnmodels.data.voc_layout import voc
from cnnmodels.errors import DataError

Layout = Callable[[Tree, DataSpec], Source | None]  # None: the folder has another layout
_LAYOUTS: dict[str, list[Layout]] = {
    "segmentation": [
        mask_layouts.lyft,
        voc,
        mask_layouts.pairs_by_split,
        mask_layouts.pairs_unsplit,
        coco,
        labelme,
    ],
    "classification": [photo_layouts.class_folders],
    "colorization": [photo_layouts.photos],
}
_DRAWN = {  # layout in words -> the folders or files by which it is known
    "train/ + trainannot/ and val/ + valannot/ (CamVid)": ("train", "trainannot", "val", "valannot"),
    "images/ + masks/": ("images", "masks"),
    "train/images/ + train/masks/ and val/ alike": ("train/images", "train/masks", "val/images", "val/masks"),
    "CameraRGB/ + CameraSeg/ (Lyft-Udacity)": ("CameraRGB", "CameraSeg"),
    "JPEGImages/ + SegmentationClass/ + ImageSets/Segmentation/ (PASCAL VOC, CVAT)": (
        "JPEGImages", "SegmentationClass", "ImageSets",
    ),
    "leftImg8bit/ + gtFine/ (Cityscapes)": ("leftImg8bit", "gtFine"),
    "annotations/*.json (COCO)": ("annotations",),
}  # fmt: skip
UNDERSTOOD = {
    "segmentation": f"{', '.join(_DRAWN)}, a.jpg + a_mask.png, a.jpg + a.json (labelme)",
    "classification": "train/CLASS/ + valid/CLASS/ (BIRDS-400), or CLASS/ alone",
    "colorization": "train/ + val/ with colour photos, or any folder of them",
}
PAGE = "docs/your-images.md"
_NEAR = 0.85  # how alike two names are that may mean the same
_MOST_SHOWN = 8


class UnknownLayoutError(DataError):
    """A folder has none of the layouts of a task."""


def open_source(spec: DataSpec, task: str) -> Source:
    """The source that a DataSpec means for a task.

    Raises:
        DataError: the folder is missing, or its layout is none that is understood for this task.
    """
    if spec.source is not None:
        return own_source(spec, task)
    if spec.path is None:
        return generated(spec, task)
    tree = tree_of(spec.path)
    if task == "classification" and mask_layouts.holds_masks(tree):
        raise DataError(f"{spec.path}: photos with masks, for segmentation; {task} takes {UNDERSTOOD[task]} ({PAGE})")
    for layout in _LAYOUTS[task]:
        source = layout(tree, spec)
        if source is not None:
            return replace(source, left_out=tree.left_out())
    raise UnknownLayoutError(
        f"{spec.path}: layout not recognised (it holds {_seen(tree)}); {_nearest(tree, task)}"
        f"what is understood for {task}: {UNDERSTOOD[task]} ({PAGE})"
    )


def tasks_of(spec: DataSpec) -> dict[str, Source]:
    """Every task that a folder's layout serves, with its source; folders of masks are no classes of photos.

    Raises:
        DataError: the folder is missing, serves no task, or holds masks with which something is wrong.
    """
    found: dict[str, Source] = {}
    first: DataError | None = None
    for task in _LAYOUTS:
        try:
            found[task] = open_source(spec, task)
        except UnknownLayoutError as error:
            first = first or error
        except DataError as error:
            if task == "segmentation":
                raise
            first = error
    if not found and first is not None:
        raise first
    return found


def tree_of(root: Path) -> Tree:
    """The folder that was named, or the one in it where it holds nothing else, as archives unpack.

    Raises:
        DataError: there is no such folder.
    """
    if not root.exists():
        raise DataError(f"{root}: no such folder")
    if not root.is_dir():
        raise DataError(f"{root}: is a file; --data takes a folder of images")
    tree = Tree(root)
    while not tree.images(tree.root) and len(tree.folders(tree.root)) == 1:
        inner = Tree(next(iter(tree.folders(tree.root).values())), root)
        if inner.root.is_symlink() or inner.root.name == "ImageSets" or not inner.folders(inner.root):
            break
        tree = inner
    return tree


def _seen(tree: Tree) -> str:
    """The first folders with what is in them, and the files by kind."""
    shown = []
    for name, folder in list(tree.folders(tree.root).items())[:_MOST_SHOWN]:
        inner = [f"{one}/" for one in tree.folders(folder)][:3] + _kinds(tree, folder)
        shown.append(f"{name}/ ({', '.join(inner) or 'empty'})")
    return ", ".join(shown + _kinds(tree, tree.root)) or "nothing"


def _kinds(tree: Tree, folder: Path) -> list[str]:
    files = [*tree.images(folder).values(), *tree.others(folder).values()]
    counts = Counter(path.suffix.lower() or path.name for path in files)
    return [f"{count} {kind}" for kind, count in counts.most_common(3)]


def _nearest(tree: Tree, task: str) -> str:
    """The layout whose folders are most like those that are there."""
    if task != "segmentation":
        return ""
    top = tree.folders(tree.root)
    names = [*top, *(f"{name}/{inner}" for name, folder in top.items() for inner in tree.folders(folder))]
    shares = {
        layout: sum(bool(get_close_matches(part.lower(), [name.lower() for name in names], 1, _NEAR)) for part in parts)
        / len(parts)
        for layout, parts in _DRAWN.items()
    }
    best = max(shares, key=lambda layout: shares[layout])
    return f"nearest is {best}; " if shares[best] else ""
