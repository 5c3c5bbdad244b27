"""labelme's JSON files: the outlines of a photo's classes beside it."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from PIL import Image, ImageDraw

from cnnmodels.data.image_data import VOID
from cnnmodels.data.label_map import MAX_CLASSES
from cnnmodels.data.label_set import ClassTable, Counts, distinct_colors, refuse_one_class
from cnnmodels.data.masks import grey_labels
from cnnmodels.data.sources import Sample, Source, drawn_pair, held_out, seeded_split
from cnnmodels.data.spec import DataSpec
from cnnmodels.data.split_folders import split_folders
from cnnmodels.data.tree import Tree, same_name
from cnnmodels.errors import DataError

_BACKGROUND, _IGNORE = "_background_", "__ignore__"


def labelme(tree: Tree, spec: DataSpec) -> Source | None:
    """`0.jpg` with `0.json`, anywhere, under `train/` and `val/` or split by a seed."""
    splits = split_folders(tree, tree.root)
    homes = splits if {"train", "val"} <= set(splits) else {"": tree.root}
    files = {split: _files(tree, home) for split, home in homes.items()}
    first = next((path for found in files.values() for path in found.values()), None)
    if first is None or "shapes" not in _content(first):
        return None
    if spec.labels is not None or spec.classes is not None:
        raise DataError(
            f"{tree.root}: the classes are those of labelme's files; leave out data.classes and data.labels"
        )
    names = _Names([path for found in files.values() for path in found.values()])
    samples = {split: _samples(tree, home, files[split], names) for split, home in homes.items()}
    how = "split by folder"
    if "" in samples:
        samples, how = seeded_split(samples[""], spec), held_out(spec)

    def classes(counts: Mapping[str, Counts]) -> ClassTable:
        all_names = ("background", *names.all()[1:])
        table = ClassTable(all_names, distinct_colors(len(all_names)), f"labelme outlines, {how}")
        refuse_one_class(counts, table, str(tree.root))
        return table

    return Source(samples, classes, numbering=lambda: json.dumps(names.all()))


class _Names:
    """The classes of all files, sorted, the background first; read once, and only when something is decoded."""

    def __init__(self, files: list[Path]) -> None:
        self._files, self._lock, self._names = files, Lock(), []  # type: ignore[var-annotated]

    def all(self) -> list[str]:
        with self._lock:
            if not self._names:
                found = {str(shape["label"]) for path in self._files for shape in _shapes(path)}
                self._names = [_BACKGROUND, *sorted(found - {_BACKGROUND, _IGNORE})]
                if len(self._names) > MAX_CLASSES:
                    raise DataError(f"{self._files[0].parent}: {len(self._names)} labels; a mask holds {MAX_CLASSES}")
            return self._names


def _files(tree: Tree, home: Path) -> dict[str, Path]:
    """The JSON files below a folder by their names without the ending."""
    found = [path for folder in tree.walk(home) for path in tree.others(folder).values()]
    return {same_name(path.stem): path for path in found if path.suffix.lower() == ".json"}


def _samples(tree: Tree, home: Path, files: dict[str, Path], names: _Names) -> list[Sample]:
    samples, without = [], []
    for path in tree.images_below(home):
        file = files.get(same_name(path.stem))
        if file is None:
            without.append(path)
        else:
            samples.append(drawn_pair(tree, path, file, _drawing(file, names), grey_labels))
    tree.leave_out(without, "images without a labelme file")
    if not samples:
        raise DataError(f"{home}: none of its {len(without)} images has a labelme file of its name")
    return samples


def _drawing(file: Path, names: _Names) -> Callable[[], Image.Image]:
    def draw() -> Image.Image:
        content, numbers = _content(file), {name: number for number, name in enumerate(names.all())}
        try:
            mask = Image.new("L", (int(content["imageWidth"]), int(content["imageHeight"])))
            for shape in content["shapes"]:
                _draw_shape(mask, shape, {**numbers, _IGNORE: VOID}[str(shape["label"])])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise DataError(f"{file}: a shape that cannot be drawn ({type(error).__name__}: {error})") from None
        return mask

    return draw


def _draw_shape(mask: Image.Image, shape: dict[str, Any], number: int) -> None:
    """Areas alone: points and lines have none."""
    points = [(float(x), float(y)) for x, y in shape["points"]]
    kind, canvas = shape.get("shape_type") or "polygon", ImageDraw.Draw(mask)
    if kind == "polygon" and len(points) > 2:
        canvas.polygon(points, fill=number)
    elif kind == "rectangle":
        (left, right), (top, bottom) = (sorted(point[axis] for point in points[:2]) for axis in (0, 1))
        canvas.rectangle((left, top, right, bottom), fill=number)
    elif kind == "circle":
        (x, y), radius = points[0], math.dist(points[0], points[1])
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=number)
    elif kind == "mask":
        with Image.open(io.BytesIO(base64.b64decode(shape["mask"])), formats=["PNG"]) as part:
            mask.paste(number, (round(points[0][0]), round(points[0][1])), part.convert("1"))


def _shapes(path: Path) -> list[dict[str, Any]]:
    shapes = _content(path).get("shapes")
    if not isinstance(shapes, list) or not all(isinstance(shape, dict) and "label" in shape for shape in shapes):
        raise DataError(f"{path}: no list of labelled `shapes`, as labelme writes it")
    return shapes


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as JSON ({error})") from None
    return content if isinstance(content, dict) else {}
