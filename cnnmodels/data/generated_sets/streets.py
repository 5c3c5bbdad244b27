"""Procedural street scenes with the 13 classes of the Lyft-Udacity set: what stands where, in metres.

Colours overlap between classes on purpose (a wall may look like a building, a vehicle may have any colour), so that a
network has to use shape and place; poles, signs and road lines are one or two pixels thin.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cnnmodels.data.generated_sets.street_canvas import Canvas, Color, Weather
from cnnmodels.data.generated_sets.street_things import (
    FENCE,
    OTHER,
    ROAD,
    ROAD_LINE,
    SIDEWALK,
    VEGETATION,
    WALL,
    Thing,
    any_color,
    barrier,
    box_drawer,
    building,
    grey_color,
    near_color,
    pedestrian,
    pole,
    sign,
    tree,
    vehicle,
)

VERSION = 1  # raise it when the pictures change: it is part of the cache's key
CLASSES = (
    "none", "building", "fence", "other", "pedestrian", "pole", "road line", "road", "sidewalk", "vegetation",
    "vehicle", "wall", "traffic sign",
)  # fmt: skip
COLORS: tuple[Color, ...] = (
    (0, 0, 0), (70, 70, 70), (190, 153, 153), (250, 170, 160), (220, 20, 60), (153, 153, 153), (157, 234, 50),
    (128, 64, 128), (244, 35, 232), (107, 142, 35), (0, 0, 142), (102, 102, 156), (220, 220, 0),
)  # fmt: skip
_FAR = 110.0  # metres


def draw_street(seed: int, index: int, height: int, width: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """One scene: picture [height, width, 3] and class numbers [height, width]; the same for the same seed and index."""
    random = np.random.default_rng([seed, index, VERSION])
    weather = _weather(random)
    canvas = Canvas(
        height,
        width,
        horizon=random.uniform(0.36, 0.5),
        turn=random.uniform(-0.15, 0.15),
        camera_height=random.uniform(1.3, 2.0),
    )
    canvas.sky(weather)
    road, pavement = random.uniform(3.5, 7.0), random.uniform(1.5, 3.5)  # half the road's width; a sidewalk's
    _ground(canvas, random, road, pavement)
    things: list[Thing] = []
    for side in (-1, 1):
        things += _frontage(canvas, random, side, road + pavement)
        things += _street_furniture(canvas, random, side, road, pavement)
    things += _traffic(canvas, random, road)
    for _, draw in sorted(things, key=lambda thing: -thing[0]):
        draw()
    if random.random() < 0.6:
        canvas.bonnet(grey_color(random, 15, 70), random.uniform(0.04, 0.12))
    return canvas.finish(weather, random)


def _weather(random: np.random.Generator) -> Weather:
    kind = random.choice(["sun", "overcast", "dusk", "night", "fog", "rain"], p=[0.3, 0.25, 0.15, 0.1, 0.1, 0.1])
    skies: dict[str, tuple[Color, Color]] = {
        "sun": ((80, 130, 210), (190, 215, 240)),
        "overcast": ((165, 170, 180), (205, 208, 212)),
        "dusk": ((90, 80, 130), (235, 150, 90)),
        "night": ((25, 28, 50), (70, 65, 75)),
        "fog": ((195, 198, 200), (205, 207, 208)),
        "rain": ((110, 115, 125), (150, 155, 160)),
    }
    light = {"sun": 1.1, "overcast": 0.95, "dusk": 0.75, "night": 0.5, "fog": 0.95, "rain": 0.75}[kind]
    warm = {"sun": 0.05, "dusk": 0.15, "night": -0.08}.get(kind, 0.0) + random.normal(0, 0.03)
    top, bottom = skies[kind]
    return Weather(
        light=light * random.uniform(0.85, 1.15),
        cast=(1 + warm, 1.0, 1 - warm),
        contrast=random.uniform(0.8, 1.15) * (0.8 if kind in ("fog", "rain") else 1.0),
        fog={"fog": random.uniform(0.02, 0.05), "rain": 0.012}.get(kind, random.uniform(0.001, 0.006)),
        fog_color=bottom,
        noise=random.uniform(2, 7) + (5 if kind in ("night", "rain") else 0),
        blur=float(random.choice([0.0, 0.0, 0.5, 0.8])),
        sky_top=near_color(random, top, 15),
        sky_bottom=near_color(random, bottom, 15),
    )


def _ground(canvas: Canvas, random: np.random.Generator, road: float, pavement: float) -> None:
    """Grass or bare ground to the horizon, sidewalks, the road and its lines."""
    beyond = (95, 110, 60) if random.random() < 0.6 else (130, 115, 95)
    label = VEGETATION if beyond[1] > beyond[0] else OTHER
    _strip(canvas, -200, 200, near_color(random, beyond, 20), label)
    _strip(canvas, -road - pavement, road + pavement, grey_color(random, 115, 185), SIDEWALK)
    _strip(canvas, -road, road, grey_color(random, 55, 115), ROAD)
    paint = (225, 225, 215) if random.random() < 0.7 else (215, 180, 70)
    if random.random() < 0.8:
        for edge in (-road + 0.25, road - 0.4):
            _strip(canvas, edge, edge + 0.15, paint, ROAD_LINE)
    lanes = [0.0] if road < 5.5 else [-road / 3, road / 3]
    dash, gap = random.uniform(2, 4), random.uniform(2, 6)
    for middle in lanes:
        start = random.uniform(0, dash + gap)
        while start < 60:
            _patch(canvas, middle - 0.09, middle + 0.09, max(1.6, start), start + dash, paint, ROAD_LINE)
            start += dash + gap
    if random.random() < 0.3:  # a crossing
        at = random.uniform(6, 20)
        for stripe in np.arange(-road + 0.4, road - 0.5, 1.0):
            _patch(canvas, stripe, stripe + 0.5, at, at + 2.5, paint, ROAD_LINE)


def _frontage(canvas: Canvas, random: np.random.Generator, side: int, line: float) -> list[Thing]:
    """What lines the sidewalk: buildings with gaps, walls and fences before them, trees and bushes between."""
    things: list[Thing] = []
    ahead = random.uniform(-4, 6)
    while ahead < _FAR:
        length = random.uniform(6, 22)
        what = random.choice(["building", "wall", "fence", "green"], p=[0.5, 0.14, 0.14, 0.22])
        if what == "building":
            things.append(building(canvas, random, side, line + random.uniform(0, 3), ahead, length))
        elif what == "green":
            for _ in range(random.integers(2, 5)):
                where = side * (line + random.uniform(0.5, 8)), ahead + random.uniform(0, length)
                things.append(tree(canvas, random, *where))
        else:
            things.append(
                barrier(canvas, random, side * (line + 0.2), ahead, length, WALL if what == "wall" else FENCE)
            )
            if random.random() < 0.6:
                things.append(building(canvas, random, side, line + random.uniform(4, 9), ahead, length))
        ahead += length + random.uniform(0, 4)
    return things


def _street_furniture(
    canvas: Canvas, random: np.random.Generator, side: int, road: float, pavement: float
) -> list[Thing]:
    """Lamp posts, signs, pedestrians, and bins or boxes, on the sidewalk."""
    things: list[Thing] = []
    for ahead in np.arange(random.uniform(4, 14), 70, random.uniform(9, 18)):
        things.append(pole(canvas, random, side, side * (road + 0.4), float(ahead), random.uniform(4.5, 8)))
    for _ in range(random.integers(1, 4)):
        where = side * (road + random.uniform(0.3, 0.9)), random.uniform(4, 35)
        things.append(sign(canvas, random, *where))
    for _ in range(random.integers(0, 4)):
        where = side * (road + random.uniform(0.4, pavement)), random.uniform(4, 35)
        things.append(pedestrian(canvas, random, *where))
    for _ in range(random.integers(0, 3)):
        across, ahead = side * (road + random.uniform(0.6, pavement)), random.uniform(4, 30)
        size, color = random.uniform(0.3, 0.8), any_color(random)
        things.append((ahead, box_drawer(canvas, across, size, ahead, color)))
    return things


def _traffic(canvas: Canvas, random: np.random.Generator, road: float) -> list[Thing]:
    """Vehicles in both lanes and parked at the kerbs, some behind each other."""
    things: list[Thing] = []
    for _ in range(random.integers(2, 7)):
        lane = random.choice([-0.55 * road, 0.55 * road, -road + 1.1, road - 1.1])
        things.append(vehicle(canvas, random, float(lane + random.normal(0, 0.2)), random.uniform(5, 50)))
    if random.random() < 0.35:
        things.append(pedestrian(canvas, random, random.uniform(-road, road), random.uniform(6, 25)))
    return things


def _strip(canvas: Canvas, left: float, right: float, color: Color, label: int) -> None:
    _patch(canvas, left, right, 1.5, 600, color, label)


def _patch(canvas: Canvas, left: float, right: float, near: float, far: float, color: Color, label: int) -> None:
    """A piece of ground; far stretches are drawn piece by piece, so that fog grows with the distance."""
    edges = [near, *(stop for stop in (6.0, 12.0, 25.0, 50.0, 120.0) if near < stop < far), far]
    for start, end in pairwise(edges):
        canvas.polygon([(left, 0, start), (right, 0, start), (right, 0, end), (left, 0, end)], color, label)
