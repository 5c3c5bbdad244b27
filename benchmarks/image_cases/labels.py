"""Masks whose labels are not what they seem."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.image_cases.case import SIDE, Case, Outcome, bands, camvid, noise, save
from cnnmodels.data import VOID

TWO = ("background", "object")


def _smooth(root: Path, high: int) -> None:
    drawn = Image.new("L", (4 * SIDE, 4 * SIDE))
    ImageDraw.Draw(drawn).ellipse((20, 12, 110, 100), fill=high)
    camvid(root, drawn.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def _modes(root: Path) -> None:
    grey = Image.fromarray(bands(0, 1))
    palette = grey.convert("P")
    palette.putpalette([0, 0, 0, 255, 0, 0] + [0] * 750)
    full = Image.new("L", grey.size, 255)
    made = {
        "L": grey, "bit": Image.fromarray(bands(0, 255)).convert("1"), "P": palette,
        "I16": Image.fromarray(bands(0, 1, kind=np.uint16)), "RGB": Image.merge("RGB", [grey] * 3),
        "RGBA": Image.merge("RGBA", [grey, grey, grey, full]), "LA": Image.merge("LA", [grey, full]),
    }  # fmt: skip
    for split in ("train", "val"):
        for name, mask in made.items():
            save(root / split / f"{name}.jpg", noise())
            options = {"transparency": b"\0\xff"} if name == "P" else {}
            save(root / f"{split}annot" / f"{name}.png", mask, **options)


def _alike(outcome: Outcome) -> bool:
    data = outcome.data
    return (
        data is not None
        and data.train.targets is not None
        and bool((data.train.targets == data.train.targets[0]).all())
    )


def _jpeg_leftovers(root: Path) -> None:
    random = np.random.default_rng(0)
    mask = bands(0, 255).astype(np.int64)
    specks = random.random(mask.shape) < 0.12
    mask[specks] = np.abs(mask[specks] - random.integers(1, 30, specks.sum()))
    camvid(root, mask.astype(np.uint8))


def _colors(*colors: tuple[int, int, int]) -> np.ndarray:
    return np.array(colors, dtype=np.uint8)[bands(*range(len(colors)))]


RED, BLUE, BLACK = (200, 10, 30), (10, 20, 240), (0, 0, 0)
CASES = [
    Case(
        "labels: 0 and 255",
        lambda root: camvid(root, bands(0, 255)),
        "two classes, and says so",
        lambda got: got.has(4, 2, TWO) and got.labels() == {0, 1} and "0 and 255" in str(got),
    ),
    Case(
        "labels: 0 and 65535, 16 bits",
        lambda root: camvid(root, bands(0, 65535, kind=np.uint16)),
        "two classes",
        lambda got: got.has(4, 2, TWO) and got.labels() == {0, 1},
    ),
    Case(
        "labels: 0 and 255, two names given",
        lambda root: camvid(root, bands(0, 255)),
        "the two names",
        lambda got: got.has(4, 2, ("road", "car")) and got.labels() == {0, 1},
        spec={"classes": ("road", "car")},
    ),
    Case(
        "labels: 0 and 255, 255 said to be void",
        lambda root: camvid(root, bands(0, 255)),
        "one class alone",
        lambda got: got.says("one class alone"),
        spec={"ignore": 255},
    ),
    Case(
        "labels: 0, 1 and 255",
        lambda root: camvid(root, bands(0, 1, 255)),
        "255 is void",
        lambda got: got.has(4, 2, 2) and got.labels() == {0, 1, VOID},
    ),
    Case(
        "labels: 0 alone",
        lambda root: camvid(root, bands(0)),
        "one line: one class alone",
        lambda got: got.says("one class alone", "data.labels"),
    ),
    Case(
        "labels: 1 and 255",
        lambda root: camvid(root, bands(1, 255)),
        "one line: one class alone, 255 void",
        lambda got: got.says("one class alone", "255"),
    ),
    Case(
        "labels: 0, 1, 100, 200",
        lambda root: camvid(root, bands(0, 1, 100, 200)),
        "one line: no 201 classes",
        lambda got: got.says("0, 1, 100, 200", "data.labels"),
    ),
    Case(
        "labels: 0, 1, 100, 200, named",
        lambda root: camvid(root, bands(0, 1, 100, 200)),
        "four classes",
        lambda got: got.has(4, 2, ("a", "b", "c", "d")) and got.labels() == {0, 1, 2, 3},
        spec={"labels": {0: "a", 1: "b", 100: "c", 200: "d"}},
    ),
    Case(
        "labels: two of one name",
        lambda root: camvid(root, bands(0, 1, 100, 200)),
        "three classes",
        lambda got: got.has(4, 2, ("a", "b", "c")) and got.labels() == {0, 1, 2},
        spec={"labels": {0: "a", 1: "b", 100: "b", 200: "c"}},
    ),
    Case(
        "labels: one that no name is given to",
        lambda root: camvid(root, bands(0, 1, 7)),
        "the file and the label",
        lambda got: got.says("trainannot/0.png", "label 7", "data.labels"),
        spec={"labels": {0: "a", 1: "b"}},
    ),
    Case(
        "labels: the rest is void",
        lambda root: camvid(root, bands(0, 1, 7)),
        "two classes and void",
        lambda got: got.has(4, 2, ("a", "b")) and got.labels() == {0, 1, VOID},
        spec={"labels": {0: "a", 1: "b", "other": None}},
    ),
    Case(
        "labels: {0, 2}",
        lambda root: camvid(root, bands(0, 2)),
        "three classes, one that is not there",
        lambda got: got.has(4, 2, 3),
    ),
    Case(
        "labels: 1, 2, 3", lambda root: camvid(root, bands(1, 2, 3)), "read as they are", lambda got: got.has(4, 2, 4)
    ),
    Case(
        "edges: smoothed, 0 to 254",
        lambda root: _smooth(root, 254),
        "one line about edges",
        lambda got: got.says("edges", "data.labels", "data.classes"),
    ),
    Case(
        "edges: smoothed, 0 to 255",
        lambda root: _smooth(root, 255),
        "one line about edges",
        lambda got: got.says("edges", "255"),
    ),
    Case(
        "edges: two values between two",
        lambda root: camvid(root, np.repeat(np.array([0] * 15 + [45, 210] + [254] * 15, np.uint8)[None], SIDE, axis=0)),
        "one line about edges",
        lambda got: got.says("edges", "{0: class_0, 254: class_254, other: null}"),
    ),
    Case(
        "edges: taken as void",
        lambda root: _smooth(root, 254),
        "two classes and void",
        lambda got: got.has(4, 2, 2) and got.labels() == {0, 1, VOID},
        spec={"labels": {0: "a", 254: "b", "other": None}},
    ),
    Case(
        "edges: a JPEG's leftovers in a PNG",
        _jpeg_leftovers,
        "one line, no 255 classes",
        lambda got: got.says("labels", "data.labels"),
    ),
    Case(
        "values: float, whole",
        lambda root: camvid(root, bands(0, 1, kind=np.float32), ending="tif"),
        "labels",
        lambda got: got.has(4, 2, 2) and got.labels() == {0, 1},
    ),
    Case(
        "values: float, 0.9",
        lambda root: camvid(root, bands(0, 0.9, kind=np.float32), ending="tif"),
        "the file, and that 0.9 is no label",
        lambda got: got.says("0.9", "threshold"),
    ),
    Case(
        "values: 1000",
        lambda root: camvid(root, bands(0, 1000, kind=np.uint16)),
        "the file and the label",
        lambda got: got.says("label 1000", "data.labels"),
    ),
    Case(
        "values: 1000, named",
        lambda root: camvid(root, bands(0, 1000, kind=np.uint16)),
        "two classes",
        lambda got: got.has(4, 2, TWO),
        spec={"labels": {0: "background", 1000: "object"}},
    ),
    Case("modes: L, 1, P, I;16, RGB, RGBA, LA", _modes, "the same labels in all", _alike),
    Case(
        "colours: no table",
        lambda root: camvid(root, _colors(BLACK, RED, BLUE)),
        "one line with the colours to name",
        lambda got: got.says("#c80a1e", "data.labels"),
    ),
    Case(
        "colours: named in the space file",
        lambda root: camvid(root, _colors(BLACK, RED, BLUE)),
        "three classes",
        lambda got: got.has(4, 2, ("ground", "cat", "dog")) and got.labels() == {0, 1, 2},
        spec={"labels": {"0,0,0": "ground", "#c80a1e": "cat", "#0A14F0": "dog"}},
    ),
    Case(
        "colours: VOC's palette as RGB",
        lambda root: camvid(root, _colors(BLACK, (128, 0, 0), (0, 128, 0), (224, 224, 192))),
        "labels 0, 1, 2 and void",
        lambda got: got.has(4, 2, 3) and got.labels() == {0, 1, 2, VOID},
    ),
    Case(
        "colours: a photo for a mask",
        lambda root: camvid(root, noise()),
        "one line: too many colours",
        lambda got: got.says("colours"),
    ),
]
