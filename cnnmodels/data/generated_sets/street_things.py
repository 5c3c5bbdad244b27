"""Things that stand in a street, each ready to be drawn at its place: buildings, trees, signs, people, vehicles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnmodels.data.generated_sets.street_canvas import Canvas, Color

(
    NONE, BUILDING, FENCE, OTHER, PEDESTRIAN, POLE, ROAD_LINE, ROAD, SIDEWALK, VEGETATION, VEHICLE, WALL, SIGN,
) = range(13)  # fmt: skip

Thing = tuple[float, Callable[[], None]]  # how far ahead it stands, and how it is drawn


def building(canvas: Canvas, random: np.random.Generator, side: int, line: float, ahead: float, length: float) -> Thing:
    """A block with windows whose facade lines the street on one side."""
    height, floors = random.uniform(5, 24), random.uniform(2.6, 3.6)
    facade, front = masonry(random), side * line
    glass, step = near_color(random, (70, 85, 100), 40), random.uniform(1.8, 3.2)
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


def barrier(canvas: Canvas, random: np.random.Generator, line: float, ahead: float, length: float, label: int) -> Thing:
    """A wall, or a fence of posts and rails, along the street."""
    height = random.uniform(1.0, 2.6) if label == WALL else random.uniform(0.9, 1.8)
    color = masonry(random) if label == WALL else near_color(random, (95, 90, 85), 45)
    behind = near_color(random, (120, 125, 105), 35)
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


def tree(canvas: Canvas, random: np.random.Generator, across: float, ahead: float) -> Thing:
    """A tree or a bush."""
    bush = random.random() < 0.35
    size = random.uniform(0.6, 1.4) if bush else random.uniform(1.3, 3.0)
    middle = size * 0.7 if bush else random.uniform(3.0, 6.0)
    leaf, lumps = near_color(random, (70, 95, 45), 28), random.normal(0, 0.45, (7, 2))

    def draw() -> None:
        if ahead < 2.5:
            return
        if not bush:
            canvas.box(across - 0.15, across + 0.15, 0, middle, ahead, (85, 65, 45), VEGETATION)
        for right, up in lumps:
            radii = (0.65 * size, 0.55 * size)
            canvas.ellipse(across + right * size, middle + up * size * 0.8, radii, ahead, leaf, VEGETATION)

    return ahead, draw


def box_drawer(canvas: Canvas, across: float, size: float, ahead: float, color: Color) -> Callable[[], None]:
    """Draws a bin, a box or a bench."""
    return lambda: canvas.box(across - size / 2, across + size / 2, 0, 1.3 * size, ahead, color, OTHER)


def pole(canvas: Canvas, random: np.random.Generator, side: int, across: float, ahead: float, height: float) -> Thing:
    """A lamp post with its arm over the street."""
    color, half, arm = grey_color(random, 45, 165), random.uniform(0.05, 0.09), random.uniform(0.8, 2.5)

    def draw() -> None:
        canvas.box(across - half, across + half, 0, height, ahead, color, POLE)
        canvas.box(across, across - side * arm, height - 0.12, height, ahead, color, POLE)

    return ahead, draw


def sign(canvas: Canvas, random: np.random.Generator, across: float, ahead: float) -> Thing:
    """A round or square traffic sign on a thin pole."""
    pole, height, size = grey_color(random, 60, 160), random.uniform(2.0, 3.0), random.uniform(0.28, 0.5)
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


def pedestrian(canvas: Canvas, random: np.random.Generator, across: float, ahead: float) -> Thing:
    """Somebody who walks."""
    tall, stride = random.uniform(1.5, 1.9), random.uniform(0.08, 0.25)
    coat, trousers, skin = any_color(random), grey_color(random, 25, 110), near_color(random, (185, 140, 115), 35)

    def draw() -> None:
        for leg in (-stride, stride):
            outline = [(across - 0.1, 0.5 * tall, ahead), (across + 0.1, 0.5 * tall, ahead)]
            outline += [(across + leg + 0.08, 0, ahead), (across + leg - 0.08, 0, ahead)]
            canvas.polygon(outline, trousers, PEDESTRIAN)
        canvas.ellipse(across, 0.66 * tall, (0.24, 0.21 * tall), ahead, coat, PEDESTRIAN)
        canvas.ellipse(across, 0.93 * tall, (0.11, 0.13), ahead, skin, PEDESTRIAN)

    return ahead, draw


def vehicle(canvas: Canvas, random: np.random.Generator, across: float, ahead: float) -> Thing:
    """A car or a truck, its rear lights or its headlights towards the camera."""
    truck = random.random() < 0.15
    half, length, tall = (1.2, 7.0, 3.0) if truck else (0.9, 4.2, random.uniform(1.35, 1.9))
    paint, glass = any_color(random), grey_color(random, 25, 70)
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


def masonry(random: np.random.Generator) -> Color:
    """A colour that buildings and walls share."""
    base = [(150, 140, 130), (165, 120, 95), (185, 175, 150), (125, 125, 130), (140, 95, 80)][random.integers(5)]
    return near_color(random, base, 22)


def any_color(random: np.random.Generator) -> Color:
    """Any colour; half of the time a shade of grey."""
    if random.random() < 0.5:
        return grey_color(random, 20, 235)
    red, green, blue = random.integers(20, 220, 3)
    return int(red), int(green), int(blue)


def grey_color(random: np.random.Generator, low: int, high: int) -> Color:
    """A shade of grey between two levels."""
    level = int(random.integers(low, high))
    return near_color(random, (level, level, level), 5)


def near_color(random: np.random.Generator, color: Color, spread: float) -> Color:
    """A colour not far from another."""
    red, green, blue = np.clip(np.array(color) + random.normal(0, spread / 2, 3), 0, 255)
    return int(red), int(green), int(blue)
