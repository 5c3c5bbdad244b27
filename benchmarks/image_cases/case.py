"""One case: how its folder is made, how it is loaded, and what is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import ValidationError

from cnnmodels.data import DataSpec, ImageData, load
from cnnmodels.errors import DataError

SIDE = 32
Array = NDArray[Any]


@dataclass(frozen=True)
class Outcome:
    """What a person gets: the images as a training run sees them, or a refusal in one line."""

    data: ImageData | None
    refusal: str = ""

    def says(self, *words: str) -> bool:
        """Whether it is one line of refusal that holds all of these."""
        return self.data is None and "\n" not in self.refusal and all(word in self.refusal for word in words)

    def has(self, train: int, val: int, classes: tuple[str, ...] | int = (), *, test: int = 0) -> bool:
        """Whether the images were read, as many as these, with these classes or so many of them."""
        if self.data is None:
            return False
        tests = 0 if self.data.test is None else len(self.data.test)
        named = len(self.data.classes) == classes if isinstance(classes, int) else self.data.classes == classes
        return (len(self.data.train), len(self.data.val), tests) == (train, val, test) and (named or classes == ())

    def labels(self) -> set[int]:
        """The labels of all targets."""
        assert self.data is not None
        targets = [split.targets for split in (self.data.train, self.data.val) if split.targets is not None]
        return {int(label) for target in targets for label in np.unique(target)}

    def __str__(self) -> str:
        if self.data is None:
            return self.refusal
        splits = [self.data.train, self.data.val, *([self.data.test] if self.data.test else [])]
        counts = "+".join(str(len(split)) for split in splits)
        return "; ".join(
            [f"{counts} images", f"{len(self.data.classes)} classes", self.data.layout, *self.data.left_out]
        )


@dataclass(frozen=True)
class Case:
    """A folder of one kind."""

    name: str
    make: Callable[[Path], None]
    expected: str
    right: Callable[[Outcome], bool]
    task: str = "segmentation"
    spec: dict[str, Any] = field(default_factory=dict)
    side: int = SIDE  # that the images are scaled to


def outcome_of(case: Case, folder: Path) -> Outcome:
    """Make the case's images in a folder that is empty, and load them."""
    images = folder / "images of a person"
    images.mkdir(parents=True)
    case.make(images)
    try:
        spec = DataSpec(path=images, image_size=(case.side, case.side), **case.spec)
        return Outcome(load(spec, folder / "cache", case.task))
    except (DataError, ValidationError) as error:
        return Outcome(None, str(error).replace(str(images), "PATH"))


def noise(height: int = SIDE, width: int = SIDE) -> Array:
    """An RGB photo of nothing, the same in every run."""
    return np.random.default_rng(height * 1000 + width).integers(0, 255, (height, width, 3), dtype=np.uint8)


def bands(*values: float, height: int = SIDE, width: int = SIDE, kind: Any = np.uint8) -> Array:
    """Upright bands of equal width, one of each value."""
    return np.array(values, dtype=kind)[np.arange(width) * len(values) // width][None].repeat(height, axis=0)


def save(path: Path, pixels: Array | Image.Image, **options: Any) -> Path:
    """Write an image where its folder may not be there yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)).save(path, **options)
    return path


def stems(name: str = "{}", train: int = 4, val: int = 2) -> Iterator[tuple[str, str]]:
    """Split and name of each image."""
    for split, count in (("train", train), ("val", val)):
        for number in range(count):
            yield split, name.format(number)


def camvid(root: Path, mask: Any, *, photo: Any = None, ending: str = "png", name: str = "{}", **options: Any) -> None:
    """Photos and masks under train/, trainannot/, val/ and valannot/; all of them alike."""
    for split, stem in stems(name):
        save(root / split / f"{stem}.png", noise() if photo is None else photo)
        save(root / f"{split}annot" / f"{stem}.{ending}", mask, **options)


def class_folders(root: Path, *names: str, images: int = 4) -> None:
    """Folders of a few photos each."""
    for name in names:
        for number in range(images):
            save(root / name / f"{number}.jpg", noise())
