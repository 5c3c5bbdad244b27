"""DataSpec: which images a sweep trains on, and at what size. Knows no files and no torch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

GENERATED_TASKS = {"streets": "segmentation", "shapes": "classification", "meadows": "colorization"}


OTHER = "other"  # in `labels`: whatever no line names
_GREY, _TRIPLE = re.compile(r"\d{1,10}"), re.compile(r"(\d{1,3})[ ,]+(\d{1,3})[ ,]+(\d{1,3})")
Size = tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]


class DataSpec(BaseModel):
    """A generated set by its name, a folder by its path, or what a source of somebody's own gives; the last two count
    before a name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["streets", "shapes", "meadows"] | None = Field(
        None, description="a generated set, where no folder is given"
    )
    path: Path | None = Field(None, description="a folder of images in a layout that is recognised")
    source: str | None = Field(
        None, description="module and object of your own that gives the images, of the path if there is one"
    )
    image_size: Size | Literal["auto"] = Field(
        "auto", description="height and width that images are scaled to (pixels); auto: from the images themselves"
    )

    @property
    def is_generated(self) -> bool:
        """Whether its images are drawn, and lie nowhere."""
        return self.path is None and self.source is None

    @property
    def size(self) -> Size:
        """Height and width, once they are known."""
        assert self.image_size != "auto", "with_size comes first"
        return self.image_size

    ignore: int | None = Field(None, ge=0, le=255, description="label that is void, beside 255")
    classes: tuple[str, ...] | None = Field(None, description="names of the classes, where the layout tells none")
    labels: dict[str, str | None] | None = Field(
        None,
        description="class of each grey value or colour of a mask, {0: background, 255: object} or "
        "{'#800000': road}; null is void, the key other is whatever is not named",
    )
    val_share: float = Field(
        0.2, gt=0, lt=1, description="share of the images to validate on, where the folder has no split"
    )
    seed: int = Field(0, ge=0, description="seed of the generated images, and of a split where the folder has none")
    images: int = Field(300, ge=2, description="generated images, for training and validation together")

    skip_broken: bool = Field(False, description="leave out images that cannot be read, instead of refusing the folder")

    @field_validator("labels", mode="before")
    @classmethod
    def _one_spelling_of_labels(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        if any(isinstance(name, bool) for name in given.values()):
            raise ValueError("a name that YAML reads as true or false; write it in quotes")
        labels = {_label(key): None if name is None else str(name) for key, name in given.items()}
        if len(labels) < len(given):
            raise ValueError("the same label twice")
        if len({key.startswith("#") for key in labels.keys() - {OTHER}}) > 1:
            raise ValueError("grey values and colours together; a mask holds one or the other")
        if len({name for name in labels.values() if name is not None}) < 2:
            raise ValueError("names fewer than 2 classes")
        return labels

    @model_validator(mode="after")
    def _some_source(self) -> DataSpec:
        if self.name is None and self.path is None and self.source is None:
            raise ValueError("needs a name (a generated set), a path (a folder of images), or a source (your own code)")
        if self.labels is not None and self.classes is not None:
            raise ValueError("has both labels and classes; labels names the classes already")
        return self


def _label(key: object) -> str:
    """A grey value as decimal digits, a colour as `#rrggbb`; in a space file either may be written in several ways."""
    text = str(key).strip().lower()
    triple = _TRIPLE.fullmatch(text)
    if triple and max(map(int, triple.groups())) <= 255:
        return "#{:02x}{:02x}{:02x}".format(*map(int, triple.groups()))
    if isinstance(key, bool) or not (_GREY.fullmatch(text) or re.fullmatch("#[0-9a-f]{6}", text) or text == OTHER):
        raise ValueError(f"{key!r} is no label; write a grey value (255), a colour ('#ff8000' or '255,128,0') or other")
    return str(int(text)) if _GREY.fullmatch(text) else text
