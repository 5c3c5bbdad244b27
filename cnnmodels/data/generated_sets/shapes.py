"""Generated pictures for classification: twelve shapes in any colour, size and place, on cluttered ground."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

VERSION = 1  # raise it when the pictures change: it is part of the cache's key
Outline = list[tuple[float, float]]
_OVERSAMPLING = 3


def _regular(corners: int) -> Outline:
    return [(math.cos(2 * math.pi * i / corners), math.sin(2 * math.pi * i / corners)) for i in range(corners)]


def _star(points: int, inner: float) -> Outline:
    radii = [1.0 if i % 2 == 0 else inner for i in range(2 * points)]
    return [(r * math.cos(math.pi * i / points), r * math.sin(math.pi * i / points)) for i, r in enumerate(radii)]


def _crescent() -> Outline:
    outer = [(math.cos(a), math.sin(a)) for a in np.linspace(0.6, 2 * math.pi - 0.6, 24)]
    inner = [(0.45 + 0.75 * math.cos(a), 0.75 * math.sin(a)) for a in np.linspace(2 * math.pi - 0.85, 0.85, 24)]
    return outer + inner


def _heart() -> Outline:
    angles = np.linspace(0, 2 * math.pi, 40)
    across = 16 * np.sin(angles) ** 3 / 17
    up = -(13 * np.cos(angles) - 5 * np.cos(2 * angles) - 2 * np.cos(3 * angles) - np.cos(4 * angles)) / 17
    return list(zip(across.tolist(), up.tolist(), strict=True))


OUTLINES: dict[str, Outline] = {
    "triangle": _regular(3),
    "square": _regular(4),
    "pentagon": _regular(5),
    "circle": _regular(40),
    "star": _star(5, 0.42),
    "burst": _star(9, 0.62),
    "cross": [(x / 3, y / 3) for x, y in (
        (-1, -3), (1, -3), (1, -1), (3, -1), (3, 1), (1, 1), (1, 3), (-1, 3), (-1, 1), (-3, 1), (-3, -1), (-1, -1),
    )],
    "arrow": [(-1, -0.3), (0.1, -0.3), (0.1, -0.8), (1, 0), (0.1, 0.8), (0.1, 0.3), (-1, 0.3)],
    "crescent": _crescent(),
    "heart": _heart(),
    "bar": [(-1, -0.22), (1, -0.22), (1, 0.22), (-1, 0.22)],
    "bolt": [(-0.2, -1), (0.6, -1), (0.15, -0.2), (0.7, -0.2), (-0.4, 1), (-0.1, 0.1), (-0.6, 0.1)],
}  # fmt: skip
CLASSES = tuple(OUTLINES)


def draw_shape(seed: int, index: int, height: int, width: int) -> tuple[NDArray[np.uint8], int]:
    """One picture [height, width, 3] and its class; the same for the same seed and index, classes in turn."""
    random = np.random.default_rng([seed, index, VERSION])
    label = index % len(CLASSES)
    size = (width * _OVERSAMPLING, height * _OVERSAMPLING)
    picture = Image.new("RGB", size, _color(random))
    pen = ImageDraw.Draw(picture)
    for _ in range(random.integers(6, 16)):  # clutter: strokes and blobs, of no class
        ends = [(random.uniform(0, size[0]), random.uniform(0, size[1])) for _ in range(2)]
        pen.line(ends, fill=_color(random), width=int(random.integers(1, 3 * _OVERSAMPLING)))
    reach = min(size) * random.uniform(0.22, 0.42)
    center = [random.uniform(reach * 0.9, side - reach * 0.9) for side in size]
    squeeze, angle = random.uniform(0.75, 1.0), random.uniform(0, 2 * math.pi)
    outline = [_placed(point, center, reach, squeeze, angle) for point in OUTLINES[CLASSES[label]]]
    if random.random() < 0.3:
        pen.line([*outline, outline[0]], fill=_color(random), width=2 * _OVERSAMPLING, joint="curve")
    else:
        pen.polygon(outline, fill=_color(random))
    small = picture.resize((width, height), Image.Resampling.BOX)
    noisy = np.asarray(small, dtype=np.float32) + random.normal(0, 12, (height, width, 3))
    return np.clip(noisy, 0, 255).astype(np.uint8), label


def _placed(
    point: tuple[float, float], center: list[float], reach: float, squeeze: float, angle: float
) -> tuple[float, float]:
    x, y = point[0] * reach, point[1] * reach * squeeze
    return (
        center[0] + x * math.cos(angle) - y * math.sin(angle),
        center[1] + x * math.sin(angle) + y * math.cos(angle),
    )


def _color(random: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = random.integers(15, 240, 3)
    return int(red), int(green), int(blue)
