"""A street seen by a camera: three layers (colour, class, depth) drawn from far to near, then weather. No scenes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Color = tuple[int, int, int]
Point = tuple[float, float, float]  # metres right of the camera, above the road, ahead
_OVERSAMPLING = 2
_NEAREST = 1.5  # metres; nothing is drawn nearer
_DEPTH_STEP = 0.5  # metres to one grey value of the depth layer


@dataclass(frozen=True)
class Weather:
    """Light and air of one scene."""

    light: float  # 1 is an overcast noon
    cast: tuple[float, float, float]  # colour of the light
    contrast: float
    fog: float  # 1 / metres
    fog_color: Color
    noise: float  # grey values
    blur: float  # pixels
    sky_top: Color
    sky_bottom: Color


class Canvas:
    """Draws things at places in metres; the camera stands on the road and looks along it."""

    def __init__(self, height: int, width: int, *, horizon: float, turn: float, camera_height: float) -> None:
        self.height, self.width = height * _OVERSAMPLING, width * _OVERSAMPLING
        self._horizon = horizon * self.height
        self._center = (0.5 + turn) * self.width
        self._focal = 0.85 * self.width
        self._camera_height = camera_height
        size = (self.width, self.height)
        self._picture, self._labels, self._depth = (
            Image.new("RGB", size),
            Image.new("L", size),
            Image.new("L", size, 255),
        )
        self._pens = [ImageDraw.Draw(layer) for layer in (self._picture, self._labels, self._depth)]

    def sky(self, weather: Weather) -> None:
        """A gradient down to the horizon, of class 0."""
        share = np.clip(np.arange(self.height) / max(1, self._horizon), 0, 1)[:, None]
        rows = (1 - share) * weather.sky_top + share * np.array(weather.sky_bottom)
        picture = np.broadcast_to(rows[:, None], (self.height, self.width, 3)).astype(np.uint8)
        self._picture.paste(Image.fromarray(picture))

    def polygon(self, points: Sequence[Point], color: Color, label: int) -> None:
        """A flat face."""
        depth = min(point[2] for point in points)
        self._fill([self.project(point) for point in points], color, label, depth)

    def box(self, one: float, other: float, low: float, high: float, ahead: float, color: Color, label: int) -> None:
        """A rectangle that faces the camera, between two sides in any order."""
        left, right = min(one, other), max(one, other)
        self.polygon([(left, low, ahead), (right, low, ahead), (right, high, ahead), (left, high, ahead)], color, label)

    def ellipse(
        self, center: float, middle: float, radii: tuple[float, float], ahead: float, color: Color, label: int
    ) -> None:
        """An ellipse that faces the camera; radii across and up, in metres."""
        left, top = self.project((center - radii[0], middle + radii[1], ahead))
        right, bottom = self.project((center + radii[0], middle - radii[1], ahead))
        self._oval([left, top, max(left + 1, right), max(top + 1, bottom)], color, label, ahead)

    def bonnet(self, color: Color, share: float) -> None:
        """The own car's front at the lower edge, of class 0."""
        edges = [-0.1 * self.width, (1 - share) * self.height, 1.1 * self.width, (1 + share) * self.height]
        self._oval(edges, color, 0, 0)

    def project(self, point: Point) -> tuple[float, float]:
        """Where a place is seen, in pixels of the layers."""
        right, up, ahead = point
        ahead = max(ahead, _NEAREST)
        return (
            self._center + self._focal * right / ahead,
            self._horizon + self._focal * (self._camera_height - up) / ahead,
        )

    def finish(self, weather: Weather, random: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The picture [height, width, 3] and its classes [height, width], after texture, fog, light and the lens."""
        size = (self.width // _OVERSAMPLING, self.height // _OVERSAMPLING)
        picture = np.asarray(self._picture, dtype=np.float32)
        picture = picture + self._texture(random)
        clear = np.exp(-weather.fog * _DEPTH_STEP * np.asarray(self._depth, dtype=np.float32))[..., None]
        picture = picture * clear + np.array(weather.fog_color, dtype=np.float32) * (1 - clear)
        picture = (picture - 128) * weather.contrast + 128
        picture = picture * np.array(weather.cast, dtype=np.float32) * weather.light
        lens = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).resize(size, Image.Resampling.BOX)
        if weather.blur:
            lens = lens.filter(ImageFilter.GaussianBlur(weather.blur))
        noisy = np.asarray(lens, dtype=np.float32) + random.normal(0, weather.noise, (size[1], size[0], 3))
        labels = np.asarray(self._labels.resize(size, Image.Resampling.NEAREST))
        return np.clip(noisy, 0, 255).astype(np.uint8), labels

    def _texture(self, random: np.random.Generator) -> NDArray[np.float32]:
        """Grain of two sizes, so that no surface is flat."""
        grain = random.normal(0, 7, (self.height, self.width, 1)).astype(np.float32)
        coarse = random.integers(0, 255, (self.height // 16, self.width // 16), dtype=np.uint8)
        patches = Image.fromarray(coarse).resize((self.width, self.height), Image.Resampling.BICUBIC)
        return grain + (np.asarray(patches, dtype=np.float32)[..., None] - 127) * 0.12

    def _fill(self, outline: list[tuple[float, float]], color: Color, label: int, depth: float) -> None:
        values: tuple[Color, int, int] = (color, label, _grey(depth))
        for index, pen in enumerate(self._pens):
            pen.polygon(outline, fill=values[index])

    def _oval(self, edges: list[float], color: Color, label: int, depth: float) -> None:
        values: tuple[Color, int, int] = (color, label, _grey(depth))
        for index, pen in enumerate(self._pens):
            pen.ellipse(edges, fill=values[index])


def _grey(depth: float) -> int:
    return int(min(255, max(0.0, depth) / _DEPTH_STEP))
