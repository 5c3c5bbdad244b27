"""COCO's segmentation JSON, as the challenge, CVAT, Roboflow and Label Studio write it: outlines instead of masks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cnnmodels.data.label_map import MAX_CLASSES
from cnnmodels.data.label_set import ClassTable, Counts, distinct_colors, refuse_one_class
from cnnmodels.data.masks import grey_labels
from cnnmodels.data.sources import Sample, Source, drawn_pair, held_out, seeded_split
from cnnmodels.data.spec import DataSpec
from cnnmodels.data.split_folders import SPLITS
from cnnmodels.data.tree import Tree, same_name
from cnnmodels.errors import DataError

_OTHER_ANNOTATIONS = ("captions", "keypoints", "panoptic", "stuff", "image_info")


@dataclass(frozen=True)
class _Annotations:
    """What one file says: of each image, in the order of the file, the shapes on it."""

    categories: dict[int, str]
    images: list[dict[str, Any]]
    shapes: dict[int, list[dict[str, Any]]]  # by image id


def coco(tree: Tree, spec: DataSpec) -> Source | None:
    """One JSON for each split or for all, and the images that it names, wherever they lie."""
    files = _files(tree)
    if not files:
        return None
    if spec.labels is not None or spec.classes is not None:
        file = next(iter(files.values())).name
        raise DataError(f"{tree.root}: the classes are those of {file}; leave out data.classes and data.labels")
    _refuse_without_pycocotools(next(iter(files.values())))
    read = {split: _read(path, path.stat().st_mtime_ns) for split, path in files.items()}
    named: dict[int, str] = {}
    for one in read.values():
        used = {shape["category_id"] for shapes in one.shapes.values() for shape in shapes}
        named |= {number: name for number, name in one.categories.items() if number in used}
    names = tuple(dict.fromkeys(["background", *(name for _, name in sorted(named.items()))]))
    if len(names) > MAX_CLASSES:
        raise DataError(f"{tree.root}: {len(names)} classes; a mask holds at most {MAX_CLASSES}")
    numbers = {number: names.index(name) for number, name in named.items()}
    samples = {split: _samples(tree, files[split], one, numbers) for split, one in read.items()}
    how = "split by file"
    if "val" not in samples:
        whole = samples.get("train") or next(iter(samples.values()))
        samples, how = seeded_split(whole, spec), held_out(spec)
    table = ClassTable(names, distinct_colors(len(names)), f"COCO segmentation, {how}")

    def classes(counts: Mapping[str, Counts]) -> ClassTable:
        refuse_one_class(counts, table, str(tree.root))
        return table

    return Source(samples, classes, numbering=lambda: json.dumps(sorted(numbers.items())))


def _files(tree: Tree) -> dict[str, Path]:
    """The annotation files by split; "" for one that is for no split."""
    folders = [tree.root, *tree.folders(tree.root).values()]
    found: dict[str, Path] = {}
    for path in [path for folder in folders for path in tree.others(folder).values()]:
        name = path.name.lower()
        if path.suffix.lower() == ".json" and not any(word in name for word in _OTHER_ANNOTATIONS) and _is_coco(path):
            found.setdefault(_split_of(path, tree.root), path)
    return {split: path for split, path in found.items() if split or len(found) == 1}


def _is_coco(path: Path) -> bool:
    """Judged by its first and last bytes; such files may be hundreds of megabytes."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            head = file.read(1 << 16)
            file.seek(max(0, size - (1 << 16)))
            ends = head + file.read()
    except OSError:
        return False
    keys = [b'"images"', b'"annotations"', b'"categories"', b'"category_id"', b'"segmentation"', b'"file_name"']
    return head.lstrip()[:1] == b"{" and sum(key in ends for key in keys) >= 3


def _split_of(path: Path, root: Path) -> str:
    """By the file's name or else by its folder's."""
    for text in (path.stem.lower(), path.parent.name.lower() if path.parent != root else ""):
        for split, names in SPLITS.items():
            if any(name in text for name in names):
                return split
    return ""


@lru_cache(maxsize=4)
def _read(path: Path, changed_ns: int) -> _Annotations:
    """The content of a file, which is kept as long as the file stays the same."""
    try:
        content = json.loads(path.read_text("utf-8-sig"))
        shapes: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for shape in content["annotations"]:
            if shape.get("segmentation"):
                shapes[shape["image_id"]].append(shape)
        categories = {int(one["id"]): str(one["name"]) for one in content["categories"]}
        images = [one for one in content["images"] if one["width"] and one["height"] and one["file_name"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path}: cannot be read as COCO annotations ({type(error).__name__}: {error})") from None
    if not shapes:
        raise DataError(f"{path}: names boxes and no outlines; export the set for segmentation")
    return _Annotations(categories, images, dict(shapes))


def _samples(tree: Tree, file: Path, read: _Annotations, numbers: dict[int, int]) -> list[Sample]:
    there: dict[str, list[Path]] = defaultdict(list)
    for path in tree.images_below(tree.root):
        there[same_name(path.name)].append(path)
    samples = []
    for one in read.images:
        image = _nearest(there, same_name(one["file_name"]), file, tree.root)
        shapes = sorted(read.shapes.get(one["id"], ()), key=lambda shape: -float(shape.get("area") or 0))
        size = (int(one["height"]), int(one["width"]))
        samples.append(drawn_pair(tree, image, file, _drawing(shapes, numbers, size, file), grey_labels))
    return samples


def _nearest(there: dict[str, list[Path]], name: str, file: Path, root: Path) -> Path:
    """The image of that name whose place agrees best with the file's split and with what the file says."""
    found = there.get(name.replace("\\", "/").rpartition("/")[2], [])
    if not found:
        raise DataError(f"{file}: names {name}, and no such image lies in {root}")
    split = _split_of(file, root)

    def agreement(path: Path) -> tuple[bool, bool, bool]:
        inner = path.relative_to(root)
        of_split = bool(split) and any(part.lower() in SPLITS[split] for part in inner.parts[:-1])
        return same_name(str(path)).endswith("/" + name.lstrip("./")), of_split, path.parent == file.parent

    return max(found, key=agreement)


def _drawing(shapes: list[dict[str, Any]], numbers: dict[int, int], size: tuple[int, int], file: Path) -> Any:
    def draw() -> Image.Image:
        from pycocotools import mask as outlines

        drawn = np.zeros(size, dtype=np.uint8)
        for shape in shapes:
            try:
                outline = shape["segmentation"]
                if isinstance(outline, list) or isinstance(outline["counts"], list):
                    outline = outlines.frPyObjects(outline, *size)
                inside = outlines.decode(outlines.merge(outline) if isinstance(outline, list) else outline)
                drawn[inside > 0] = numbers[shape["category_id"]]
            except Exception as error:  # pycocotools raises bare ones
                raise DataError(f"{file}: outline {shape.get('id')} cannot be drawn ({error})") from None
        return Image.fromarray(drawn)

    return draw


def _refuse_without_pycocotools(file: Path) -> None:
    try:
        import pycocotools.mask  # noqa: F401 -- here only to say at once that it is missing
    except ImportError:
        raise DataError(f"{file}: COCO annotations need one package more: pip install 'cnn-tune[coco]'") from None
