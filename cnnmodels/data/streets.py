"""Procedural street scenes with the 13 classes of the Lyft-Udacity set: what stands where, in metres.

Colours overlap between classes on purpose (a wall may look like a building, a vehicle may have any colour), so that a
network has to use shape and place; poles, signs and road lines are one or two pixels thin.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cnnmodels.data.street_canvas import Canvas, Color, Weather

VERSION = 1  # raise it when the pictures change: it is part of the cache's key
CLASSES = (
    "none", "building", "fence", "other", "pedestrian", "pole", "road line", "road", "sidewalk", "vegetation",
    "vehicle", "wall", "traffic sign",
)  # fmt: skip
COLORS: tuple[Color, ...] = (
    (0, 0, 0), (70, 70, 70), (190, 153, 153), (250, 170, 160), (220, 20, 60), (153, 153, 153), (157, 234, 50),
    (128, 64, 128), (244, 35, 232), (107, 142, 35), (0, 0, 142), (102, 102, 156), (220, 220, 0),
)  # fmt: skip
(
    NONE, BUILDING, FENCE, OTHER, PEDESTRIAN, POLE, ROAD_LINE, ROAD, SIDEWALK, VEGETATION, VEHICLE, WALL, SIGN,
) = range(13)  # fmt: skip
_FAR = 110.0  # metres

Thing = tuple[float, Callable[[], None]]  # how far ahead it stands, and how it is drawn


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
        canvas.bonnet(_grey(random, 15, 70), random.uniform(0.04, 0.12))
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
        sky_top=_near(random, top, 15),
        sky_bottom=_near(random, bottom, 15),
    )


def _ground(canvas: Canvas, random: np.random.Generator, road: float, pavement: float) -> None:
    """Grass or bare ground to the horizon, sidewalks, the road and its lines."""
    beyond = (95, 110, 60) if random.random() < 0.6 else (130, 115, 95)
    label = VEGETATION if beyond[1] > beyond[0] else OTHER
    _strip(canvas, -200, 200, _near(random, beyond, 20), label)
    _strip(canvas, -road - pavement, road + pavement, _grey(random, 115, 185), SIDEWALK)
    _strip(canvas, -road, road, _grey(random, 55, 115), ROAD)
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
            things.append(_building(canvas, random, side, line + random.uniform(0, 3), ahead, length))
        elif what == "green":
            for _ in range(random.integers(2, 5)):
                where = side * (line + random.uniform(0.5, 8)), ahead + random.uniform(0, length)
                things.append(_tree(canvas, random, *where))
        else:
            things.append(
                _barrier(canvas, random, side * (line + 0.2), ahead, length, WALL if what == "wall" else FENCE)
            )
            if random.random() < 0.6:
                things.append(_building(canvas, random, side, line + random.uniform(4, 9), ahead, length))
        ahead += length + random.uniform(0, 4)
    return things


def _building(
    canvas: Canvas, random: np.random.Generator, side: int, line: float, ahead: float, length: float
) -> Thing:
    height, floors = random.uniform(5, 24), random.uniform(2.6, 3.6)
    facade, front = _masonry(random), side * line
    glass, step = _near(random, (70, 85, 100), 40), random.uniform(1.8, 3.2)
    back = front + side * random.uniform(6, 14)
    near, far = max(ahead, 1.6), ahead + length

    def draw() -> None:
        if far <= 1.6:
            return
        shade = tuple(int(part * 0.8) for part in facade)
        canvas.box(front, back, 0, height, near, (shade[0], shade[1], shade[2]), BUILDING)
        canvas.polygon(
            [(front, 0, near), (front, 0, far), (front, height, far), (front, height, near)], facade, BUILDING
        )
        for floor in np.arange(1.0, height - 1.8, floors):
            for start in np.arange(near + 0.8, min(far, 45) - 1.2, step):
                end = start + 0.55 * step
                canvas.polygon(
                    [
                        (front, floor, start),
                        (front, floor, end),
                        (front, floor + 1.4, end),
                        (front, floor + 1.4, start),
                    ],
                    glass,
                    BUILDING,
                )

    return far - 0.01, draw


def _barrier(
    canvas: Canvas, random: np.random.Generator, line: float, ahead: float, length: float, label: int
) -> Thing:
    height = random.uniform(1.0, 2.6) if label == WALL else random.uniform(0.9, 1.8)
    color = _masonry(random) if label == WALL else _near(random, (95, 90, 85), 45)
    behind = _near(random, (120, 125, 105), 35)
    near, far = max(ahead, 1.6), ahead + length

    def draw() -> None:
        if far <= 1.6:
            return
        outline = [(line, 0, near), (line, 0, far), (line, height, far), (line, height, near)]
        canvas.polygon(outline, color if label == WALL else behind, label)
        if label == FENCE:
            for post in np.arange(near, min(far, 40), 0.35):
                end = post + 0.1
                canvas.polygon(
                    [(line, 0, post), (line, 0, end), (line, height, end), (line, height, post)], color, FENCE
                )
            for rail in (0.25 * height, 0.9 * height):
                canvas.polygon(
                    [(line, rail, near), (line, rail, far), (line, rail + 0.08, far), (line, rail + 0.08, near)],
                    color,
                    FENCE,
                )

    return near, draw


def _tree(canvas: Canvas, random: np.random.Generator, across: float, ahead: float) -> Thing:
    bush = random.random() < 0.35
    size = random.uniform(0.6, 1.4) if bush else random.uniform(1.3, 3.0)
    middle = size * 0.7 if bush else random.uniform(3.0, 6.0)
    leaf, lumps = _near(random, (70, 95, 45), 28), random.normal(0, 0.45, (7, 2))

    def draw() -> None:
        if ahead < 2.5:
            return
        if not bush:
            canvas.box(across - 0.15, across + 0.15, 0, middle, ahead, (85, 65, 45), VEGETATION)
        for right, up in lumps:
            radii = (0.65 * size, 0.55 * size)
            canvas.ellipse(across + right * size, middle + up * size * 0.8, radii, ahead, leaf, VEGETATION)

    return ahead, draw


def _street_furniture(
    canvas: Canvas, random: np.random.Generator, side: int, road: float, pavement: float
) -> list[Thing]:
    """Lamp posts, signs, pedestrians, and bins or boxes, on the sidewalk."""
    things: list[Thing] = []
    for ahead in np.arange(random.uniform(4, 14), 70, random.uniform(9, 18)):
        things.append(_pole(canvas, random, side, side * (road + 0.4), float(ahead), random.uniform(4.5, 8)))
    for _ in range(random.integers(1, 4)):
        where = side * (road + random.uniform(0.3, 0.9)), random.uniform(4, 35)
        things.append(_sign(canvas, random, *where))
    for _ in range(random.integers(0, 4)):
        where = side * (road + random.uniform(0.4, pavement)), random.uniform(4, 35)
        things.append(_pedestrian(canvas, random, *where))
    for _ in range(random.integers(0, 3)):
        across, ahead = side * (road + random.uniform(0.6, pavement)), random.uniform(4, 30)
        size, color = random.uniform(0.3, 0.8), _any_color(random)
        things.append((ahead, _box_drawer(canvas, across, size, ahead, color)))
    return things


def _box_drawer(canvas: Canvas, across: float, size: float, ahead: float, color: Color) -> Callable[[], None]:
    return lambda: canvas.box(across - size / 2, across + size / 2, 0, 1.3 * size, ahead, color, OTHER)


def _pole(canvas: Canvas, random: np.random.Generator, side: int, across: float, ahead: float, height: float) -> Thing:
    color, half, arm = _grey(random, 45, 165), random.uniform(0.05, 0.09), random.uniform(0.8, 2.5)

    def draw() -> None:
        canvas.box(across - half, across + half, 0, height, ahead, color, POLE)
        canvas.box(across, across - side * arm, height - 0.12, height, ahead, color, POLE)

    return ahead, draw


def _sign(canvas: Canvas, random: np.random.Generator, across: float, ahead: float) -> Thing:
    pole, height, size = _grey(random, 60, 160), random.uniform(2.0, 3.0), random.uniform(0.28, 0.5)
    rim, field = ((190, 30, 35), (235, 235, 230)) if random.random() < 0.6 else ((30, 70, 160), (40, 85, 180))
    round_one = random.random() < 0.6

    def draw() -> None:
        canvas.box(across - 0.05, across + 0.05, 0, height, ahead, pole, POLE)
        for part, color in ((1.0, rim), (0.65, field)):
            if round_one:
                canvas.ellipse(across, height, (part * size, part * size), ahead, color, SIGN)
            else:
                half = part * size
                canvas.box(across - half, across + half, height - half, height + half, ahead, color, SIGN)

    return ahead, draw


def _pedestrian(canvas: Canvas, random: np.random.Generator, across: float, ahead: float) -> Thing:
    tall, stride = random.uniform(1.5, 1.9), random.uniform(0.08, 0.25)
    coat, trousers, skin = _any_color(random), _grey(random, 25, 110), _near(random, (185, 140, 115), 35)

    def draw() -> None:
        for leg in (-stride, stride):
            outline = [(across - 0.1, 0.5 * tall, ahead), (across + 0.1, 0.5 * tall, ahead)]
            outline += [(across + leg + 0.08, 0, ahead), (across + leg - 0.08, 0, ahead)]
            canvas.polygon(outline, trousers, PEDESTRIAN)
        canvas.ellipse(across, 0.66 * tall, (0.24, 0.21 * tall), ahead, coat, PEDESTRIAN)
        canvas.ellipse(across, 0.93 * tall, (0.11, 0.13), ahead, skin, PEDESTRIAN)

    return ahead, draw


def _traffic(canvas: Canvas, random: np.random.Generator, road: float) -> list[Thing]:
    """Vehicles in both lanes and parked at the kerbs, some behind each other."""
    things: list[Thing] = []
    for _ in range(random.integers(2, 7)):
        lane = random.choice([-0.55 * road, 0.55 * road, -road + 1.1, road - 1.1])
        things.append(_vehicle(canvas, random, float(lane + random.normal(0, 0.2)), random.uniform(5, 50)))
    if random.random() < 0.35:
        things.append(_pedestrian(canvas, random, random.uniform(-road, road), random.uniform(6, 25)))
    return things


def _vehicle(canvas: Canvas, random: np.random.Generator, across: float, ahead: float) -> Thing:
    truck = random.random() < 0.15
    half, length, tall = (1.2, 7.0, 3.0) if truck else (0.9, 4.2, random.uniform(1.35, 1.9))
    paint, glass = _any_color(random), _grey(random, 25, 70)
    light = (200, 30, 30) if across > 0 else (250, 245, 215)
    shaded = (int(paint[0] * 0.75), int(paint[1] * 0.75), int(paint[2] * 0.75))
    flank = across - half if across > 0 else across + half

    def draw() -> None:
        far, waist = ahead + length, tall if truck else 0.55 * tall
        side_face = [(flank, 0.3, ahead), (flank, 0.3, far), (flank, waist, far), (flank, waist, ahead)]
        canvas.polygon(side_face, shaded, VEHICLE)
        if not truck:
            roof = [
                (flank, waist, far - 0.8),
                (flank, tall, far - 1.4),
                (flank, tall, ahead + 1),
                (flank, waist, ahead + 0.3),
            ]
            canvas.polygon(roof, glass, VEHICLE)
            canvas.box(across - 0.8 * half, across + 0.8 * half, waist, tall, ahead + 0.8, paint, VEHICLE)
            canvas.box(across - 0.68 * half, across + 0.68 * half, waist, 0.93 * tall, ahead + 0.7, glass, VEHICLE)
        canvas.box(across - half, across + half, 0.3, waist, ahead, paint, VEHICLE)
        for wheel in (-0.75 * half, 0.75 * half):
            canvas.box(across + wheel - 0.12, across + wheel + 0.12, 0, 0.35, ahead, (20, 20, 22), VEHICLE)
            canvas.box(across + wheel - 0.14, across + wheel + 0.14, 0.6, 0.75, ahead, light, VEHICLE)

    return ahead, draw


def _strip(canvas: Canvas, left: float, right: float, color: Color, label: int) -> None:
    _patch(canvas, left, right, 1.5, 600, color, label)


def _patch(canvas: Canvas, left: float, right: float, near: float, far: float, color: Color, label: int) -> None:
    """A piece of ground; far stretches are drawn piece by piece, so that fog grows with the distance."""
    edges = [near, *(stop for stop in (6.0, 12.0, 25.0, 50.0, 120.0) if near < stop < far), far]
    for start, end in pairwise(edges):
        canvas.polygon([(left, 0, start), (right, 0, start), (right, 0, end), (left, 0, end)], color, label)


def _masonry(random: np.random.Generator) -> Color:
    base = [(150, 140, 130), (165, 120, 95), (185, 175, 150), (125, 125, 130), (140, 95, 80)][random.integers(5)]
    return _near(random, base, 22)


def _any_color(random: np.random.Generator) -> Color:
    if random.random() < 0.5:
        return _grey(random, 20, 235)
    red, green, blue = random.integers(20, 220, 3)
    return int(red), int(green), int(blue)


def _grey(random: np.random.Generator, low: int, high: int) -> Color:
    level = int(random.integers(low, high))
    return _near(random, (level, level, level), 5)


def _near(random: np.random.Generator, color: Color, spread: float) -> Color:
    red, green, blue = np.clip(np.array(color) + random.normal(0, spread / 2, 3), 0, 255)
    return int(red), int(green), int(blue)
