"""Outlines instead of masks: labelme's JSON, and COCO's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.image_cases.case import SIDE, Case, Outcome, noise, save, stems
from cnnmodels.data import VOID

_RIGHT = [[SIDE / 2, 0], [SIDE, 0], [SIDE, SIDE], [SIDE / 2, SIDE]]
_CATEGORIES = [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}, {"id": 9, "name": "never seen"}]


def _labelme(root: Path) -> None:
    shapes = [
        {"label": "cat", "shape_type": "polygon", "points": _RIGHT},
        {"label": "dog", "shape_type": "rectangle", "points": [[2, 2], [8, 8]]},
        {"label": "owl", "shape_type": "circle", "points": [[10, 24], [10, 27]]},
        {"label": "__ignore__", "shape_type": "polygon", "points": [[0, 28], [4, 28], [4, 31], [0, 31]]},
        {"label": "cat", "shape_type": "line", "points": [[0, 0], [1, 1]]},
    ]
    for number in range(6):
        save(root / f"{number}.jpg", noise())
        content = {"imageWidth": SIDE, "imageHeight": SIDE, "imagePath": f"{number}.jpg", "shapes": shapes}
        (root / f"{number}.json").write_text(json.dumps(content))


def _broken_labelme(root: Path) -> None:
    _labelme(root)
    content = {"imageWidth": SIDE, "imageHeight": SIDE, "shapes": [{"label": "cat", "points": "none"}]}
    (root / "3.json").write_text(json.dumps(content))


def _coco_file(names: list[str]) -> str:
    images = [{"id": 40 + place, "file_name": name, "width": SIDE, "height": SIDE} for place, name in enumerate(names)]
    shapes: list[dict[str, Any]] = []
    for image in images:
        flat = [value for point in _RIGHT for value in point]
        shapes.append({"image_id": image["id"], "category_id": 7, "segmentation": [flat], "area": SIDE * SIDE / 2})
        runs = {"counts": [0, 4 * SIDE, SIDE * SIDE - 4 * SIDE], "size": [SIDE, SIDE]}  # the first four columns
        shapes.append({"image_id": image["id"], "category_id": 3, "segmentation": runs, "area": 4 * SIDE, "iscrowd": 1})
    return json.dumps({"images": images, "annotations": shapes, "categories": _CATEGORIES})


def _coco(root: Path) -> None:
    for split in ("train", "val"):
        names = [f"{stem}.jpg" for one, stem in stems() if one == split]
        for name in names:
            save(root / f"{split}2017" / name, noise())
        (root / "annotations").mkdir(exist_ok=True)
        (root / "annotations" / f"instances_{split}2017.json").write_text(_coco_file(names))


def _roboflow_coco(root: Path) -> None:
    for split in ("train", "valid"):
        names = [f"{stem}.jpg" for one, stem in stems() if one[:3] == split[:3] or (one == "val" and split == "valid")]
        for name in names:
            save(root / split / name, noise())
        (root / split / "_annotations.coco.json").write_text(_coco_file(names))


def _label_studio(root: Path) -> None:
    names = [f"images/{number:08x}-photo {number}.jpg" for number in range(6)]
    for name in names:
        save(root / name, noise())
    (root / "result.json").write_text(_coco_file(names))


def _read_or_named(train: int, val: int) -> Any:
    """Read where pycocotools is installed; else the line names what to install."""

    def right(got: Outcome) -> bool:
        if got.data is None:
            return got.says("pip install", "cnn-tune[coco]")
        return got.has(train, val, ("background", "cat", "dog")) and got.labels() == {0, 1, 2}

    return right


CASES = [
    Case(
        "labelme: a.jpg and a.json",
        _labelme,
        "classes by name, __ignore__ is void",
        lambda got: got.has(5, 1, ("background", "cat", "dog", "owl")) and got.labels() == {0, 1, 2, 3, VOID},
    ),
    Case(
        "labelme: a shape that is none", _broken_labelme, "the file", lambda got: got.says("3.json", "cannot be drawn")
    ),
    Case("COCO: instances_train2017.json", _coco, "classes that occur, or what to install", _read_or_named(4, 2)),
    Case("COCO of Roboflow", _roboflow_coco, "classes that occur, or what to install", _read_or_named(4, 2)),
    Case("COCO of Label Studio", _label_studio, "classes that occur, or what to install", _read_or_named(5, 1)),
]
