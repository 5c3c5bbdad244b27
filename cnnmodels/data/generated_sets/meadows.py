"""Generated pictures for colorization: meadows whose colours follow from shape, place and texture.

Sky, clouds, hills, grass, trees, brick houses with tiled roofs, ponds and flowers each have a colour of their own that
varies little, and grey levels that overlap; so a network can learn the colours, but not from the grey level of a pixel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

VERSION = 1  # raise it when the pictures change: it is part of the cache's key
Color = tuple[int, int, int]
_OVERSAMPLING = 2


def draw_meadow(seed: int, index: int, height: int, width: int) -> NDArray[np.uint8]:
    """One picture [height, width, 3]; the same for the same seed and index."""
    random = np.random.default_rng([seed, index, VERSION])
    wide, high = width * _OVERSAMPLING, height * _OVERSAMPLING
    picture = Image.new("RGB", (wide, high))
    pen = ImageDraw.Draw(picture)
    horizon = int(high * random.uniform(0.35, 0.6))
    _sky(pen, random, wide, horizon)
    _ground(pen, random, wide, high, horizon)
    if random.random() < 0.4:
        _pond(pen, random, wide, high, horizon)
    for _ in range(random.integers(1, 4)):
        _house(pen, random, wide, high, horizon)
    for _ in range(random.integers(2, 6)):
        _tree(pen, random, wide, high, horizon)
    for _ in range(random.integers(10, 40)):
        _flower(pen, random, wide, high, horizon)
    light = random.uniform(0.8, 1.15)
    small = np.asarray(picture.resize((width, height), Image.Resampling.BOX), dtype=np.float32) * light
    noisy = small + random.normal(0, 3, (height, width, 1))  # grey noise leaves the colours alone
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _sky(pen: ImageDraw.ImageDraw, random: np.random.Generator, wide: int, horizon: int) -> None:
    for row in range(horizon):
        share = row / max(1, horizon)
        pen.line([(0, row), (wide, row)], fill=(int(70 + 100 * share), int(120 + 80 * share), int(200 + 30 * share)))
    for _ in range(random.integers(0, 5)):
        x, y = random.uniform(0, wide), random.uniform(0, horizon * 0.7)
        for _ in range(6):
            dx, dy, r = (
                random.normal(0, wide * 0.05),
                random.normal(0, horizon * 0.03),
                wide * random.uniform(0.02, 0.06),
            )
            pen.ellipse(
                [x + dx - r, y + dy - r / 2, x + dx + r, y + dy + r / 2], fill=_near(random, (235, 237, 240), 4)
            )
    if random.random() < 0.4:
        x, y, r = random.uniform(0, wide), random.uniform(0, horizon * 0.5), wide * 0.05
        pen.ellipse([x - r, y - r, x + r, y + r], fill=(250, 215, 80))


def _ground(pen: ImageDraw.ImageDraw, random: np.random.Generator, wide: int, high: int, horizon: int) -> None:
    middle, swell = random.uniform(0, wide), random.uniform(0.02, 0.12) * high
    hill = [(x, horizon - swell * np.exp(-(((x - middle) / (0.3 * wide)) ** 2))) for x in range(0, wide + 8, 8)]
    pen.polygon([*hill, (wide, high), (0, high)], fill=(95, 125, 105))
    pen.rectangle([0, horizon + swell * 0.2, wide, high], fill=(85, 130, 50))
    for _ in range(wide * (high - horizon) // 60):  # blades of grass
        x, y = random.uniform(0, wide), random.uniform(horizon + swell * 0.2, high)
        length = 1 + 4 * (y - horizon) / max(1, high - horizon)
        pen.line([(x, y), (x + random.normal(0, 1), y - length)], fill=_near(random, (85, 130, 50), 22))


def _pond(pen: ImageDraw.ImageDraw, random: np.random.Generator, wide: int, high: int, horizon: int) -> None:
    x, y = random.uniform(0.2, 0.8) * wide, horizon + random.uniform(0.3, 0.8) * (high - horizon)
    across, down = random.uniform(0.12, 0.3) * wide, 0.08 * high
    pen.ellipse([x - across, y - down, x + across, y + down], fill=(50, 105, 150))
    for row in np.linspace(-0.7, 0.7, 7):  # ripples
        half = across * np.sqrt(1 - row**2) * 0.8
        pen.line([(x - half, y + row * down), (x + half, y + row * down)], fill=(80, 135, 180))


def _house(pen: ImageDraw.ImageDraw, random: np.random.Generator, wide: int, high: int, horizon: int) -> None:
    foot = horizon + random.uniform(0.1, 0.5) * (high - horizon)
    side, left = random.uniform(0.1, 0.22) * wide, random.uniform(0, 0.85) * wide
    top = foot - side * 0.8
    pen.rectangle([left, top, left + side, foot], fill=(160, 75, 55))
    for course, y in enumerate(np.arange(top, foot, 4)):  # bricks
        pen.line([(left, y), (left + side, y)], fill=(190, 150, 135))
        for x in np.arange(left + (course % 2) * 4, left + side, 8):
            pen.line([(x, y), (x, min(y + 4, foot))], fill=(190, 150, 135))
    ridge = top - side * 0.45
    pen.polygon([(left - 3, top), (left + side / 2, ridge), (left + side + 3, top)], fill=(75, 80, 100))
    door = left + side * random.uniform(0.2, 0.6)
    pen.rectangle([door, foot - side * 0.4, door + side * 0.18, foot], fill=(60, 100, 60))


def _tree(pen: ImageDraw.ImageDraw, random: np.random.Generator, wide: int, high: int, horizon: int) -> None:
    foot = horizon + random.uniform(0.05, 0.7) * (high - horizon)
    x, size = random.uniform(0, wide), random.uniform(0.06, 0.14) * high
    pen.rectangle([x - size * 0.1, foot - size * 1.4, x + size * 0.1, foot], fill=(95, 70, 45))
    leaf = (45, 95, 45) if random.random() < 0.8 else (190, 110, 40)  # a round crown is green, a pointed one autumnal
    if leaf[0] > leaf[1]:
        pen.polygon([(x - size, foot - size), (x, foot - 3 * size), (x + size, foot - size)], fill=leaf)
        return
    for _ in range(14):
        dx, dy = random.normal(0, size * 0.45, 2)
        r = size * 0.45
        middle = foot - 1.9 * size
        pen.ellipse([x + dx - r, middle + dy - r, x + dx + r, middle + dy + r], fill=_near(random, leaf, 12))


def _flower(pen: ImageDraw.ImageDraw, random: np.random.Generator, wide: int, high: int, horizon: int) -> None:
    x, y = random.uniform(0, wide), horizon + random.uniform(0.35, 1) * (high - horizon)
    r = 1.5 + 2.5 * (y - horizon) / max(1, high - horizon)
    if random.random() < 0.5:  # five petals are red
        for angle in np.arange(5) * 2 * np.pi / 5:
            px, py = x + r * np.cos(angle), y + r * np.sin(angle)
            pen.ellipse([px - r * 0.7, py - r * 0.7, px + r * 0.7, py + r * 0.7], fill=(205, 45, 60))
        pen.ellipse([x - r * 0.5, y - r * 0.5, x + r * 0.5, y + r * 0.5], fill=(240, 210, 90))
    else:  # a single disc is yellow
        pen.ellipse([x - r, y - r, x + r, y + r], fill=(235, 205, 60))


def _near(random: np.random.Generator, color: Color, spread: float) -> Color:
    """A little lighter or darker, of the same hue."""
    change = 1 + random.normal(0, spread) / 128
    red, green, blue = (int(min(255, max(0, part * change))) for part in color)
    return red, green, blue
