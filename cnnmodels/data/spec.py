"""DataSpec: which images a sweep trains on, and at what size. Knows no files and no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

GENERATED_TASKS = {"streets": "segmentation", "shapes": "classification", "meadows": "colorization"}


Size = tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]


class DataSpec(BaseModel):
    """A generated set by its name, or a folder by its path; a path wins over a name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["streets", "shapes", "meadows"] | None = Field(
        None, description="a generated set, where no folder is given"
    )
    path: Path | None = Field(None, description="a folder of images in a layout that is recognised")
    image_size: Size | Literal["auto"] = Field(
        "auto", description="height and width that images are scaled to (pixels); auto: from the images themselves"
    )

    @property
    def size(self) -> Size:
        """Height and width, once they are known."""
        assert self.image_size != "auto", "with_size comes first"
        return self.image_size

    ignore: int | None = Field(None, ge=0, le=255, description="label that is void, beside 255")
    classes: tuple[str, ...] | None = Field(None, description="names of the classes, where the layout tells none")
    val_share: float = Field(
        0.2, gt=0, lt=1, description="share of the images to validate on, where the folder has no split"
    )
    seed: int = Field(0, ge=0, description="seed of the generated images, and of a split where the folder has none")
    images: int = Field(300, ge=2, description="generated images, for training and validation together")

    skip_broken: bool = Field(False, description="leave out images that cannot be read, instead of refusing the folder")

    @model_validator(mode="after")
    def _some_source(self) -> DataSpec:
        if self.name is None and self.path is None:
            raise ValueError("needs a name (a generated set) or a path (a folder of images)")
        return self
