"""Asked: what a sweep was asked to do, written to `sweep.json` before anything runs. Knows no Ray."""

from __future__ import annotations

import platform
import time
from importlib import metadata
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reports.records.folder import DamagedError, SweepFolder
from search_spaces.loading import check
from search_spaces.schema import SearchSpace


class DataSummary(BaseModel):
    """What was found in the data, as people and reports need it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layout: str
    fingerprint: str
    classes: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]
    counts: dict[str, int]  # images of each split
    image_size: tuple[int, int]  # height, width in pixels


class PlannedTrial(BaseModel):
    """A trial that was decided beforehand, as ablations are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str  # equal for repeats with other seeds
    config: dict[str, Any]  # a TrialConfig


class Asked(BaseModel):
    """The resolved question of a sweep: everything a resume needs to ask it again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    created: float = Field(default_factory=time.time)  # seconds since 1970
    command: str
    source: str  # name of the packaged space, or path of a person's own file
    seed: int
    versions: dict[str, str]
    space: dict[str, Any]  # as SearchSpace reads it
    data: DataSummary
    plan: list[PlannedTrial] | None = None  # the trials, where none are to be searched for
    log: tuple[str, ...] = ()  # other tools that are told as well
    ablation_of: str | None = None  # the sweep whose best configuration is taken apart

    @classmethod
    def of(cls, folder: SweepFolder) -> Asked:
        """What a sweep was asked.

        Raises:
            DamagedError: its `sweep.json` is damaged, or another program's.
        """
        try:
            return cls.model_validate(folder.asked())
        except ValidationError as error:
            problem = error.errors()[0]
            key = ".".join(map(str, problem["loc"]))
            raise DamagedError(f"{folder.asked_path}: {key}: {problem['msg']}; nothing was changed") from None

    def search_space(self) -> SearchSpace:
        space = {key: value for key, value in self.space.items() if key != "name"}
        return check(space, self.space["name"], "sweep.json")


def space_as_written(space: SearchSpace) -> dict[str, Any]:
    """A space as plain JSON that `check` reads back to the same space."""
    document = space.model_dump(mode="json", by_alias=True)
    document["search"] = {
        name: parameter.model_dump(mode="json", exclude_defaults=True) for name, parameter in space.search.items()
    }
    return document


def versions() -> dict[str, str]:
    """Versions of what decides a result."""
    packages = ("cnn-tune", "ray", "torch", "torchvision", "optuna")
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in packages}}
