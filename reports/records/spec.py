"""SweepSpec: what a sweep is to do, written to `sweep.json` before anything runs, parsed once and typed everywhere.

Knows neither Ray nor torch nor Optuna.
"""

from __future__ import annotations

import platform
import time
from importlib import metadata
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_serializer

from cnnmodels.own.code import OwnCode
from reports.records.newer import FORMAT
from reports.records.record import Moment, Reason
from reports.records.stored_config import StoredConfig
from search_spaces.schema import Reference, SearchSpace

_FIRST_OF_A_LADDER = "default"  # the label that the first trials of every ladder have


class DataSummary(BaseModel):
    """What was found in the data, as people and reports need it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layout: str  # says what was recognised and what was left out
    fingerprint: str
    classes: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]
    counts: dict[str, int]  # images of each split
    image_size: tuple[int, int]  # height, width in pixels
    skipped: int = 0  # broken images that were left out
    val_classes: tuple[str, ...] | None = None  # those that occur in the validation split; None: nobody looked

    @property
    def classes_in_words(self) -> str:
        """How many of the classes the metrics are of; empty where it is all of them, or nobody looked."""
        if self.val_classes is None or len(self.val_classes) == len(self.classes):
            return ""
        return (
            f"{len(self.val_classes)} of {len(self.classes)} classes occur in the validation images; the others count "
            "nowhere."
        )

    @property
    def size_in_words(self) -> str:
        height, width = self.image_size
        return f"{height}x{width}"


class FixedTrial(BaseModel):
    """A trial that was decided beforehand, as those of an ablation are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str  # equal for repeats with other seeds
    config: StoredConfig


class Confirmation(BaseModel):
    """The question of a confirmation: which configuration of a sweep is the best, with seeds that it never used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str  # name of the sweep
    candidates: tuple[FixedTrial, ...]  # best first, with the sweep's own seed; labels are names of its trials
    reference: FixedTrial | None = None  # the default, where it is no candidate
    runs: int  # at most, of all together
    indifference: float  # a difference of the objective that nobody would care about

    @property
    def arms(self) -> tuple[FixedTrial, ...]:
        """Everything that runs."""
        return self.candidates if self.reference is None else (*self.candidates, self.reference)


class KnownTrial(BaseModel):
    """A trial of an earlier sweep that is the same question as one of this would be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str  # sweep/trial
    values: StoredConfig  # searched knobs in effect
    reason: Reason
    epochs: dict[int, tuple[FiniteFloat, ...]]  # the objectives of each epoch that has all of them
    fails: dict[str, FiniteFloat] = Field(default_factory=dict)  # by how much each constraint of this sweep, if any

    def best(self, mode: str) -> tuple[float, ...] | None:
        """The objectives at the best epoch by the first of them."""
        points = list(self.epochs.values())
        return (max if mode == "max" else min)(points, key=lambda point: point[0], default=None)


class LongerTrial(BaseModel):
    """A configuration of the sweep that is to be trained for more epochs than its trial had."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str  # the trial
    epochs: int


class SweepSpec(BaseModel):
    """The resolved question of a sweep: everything that a resume needs to ask it again, and a report to tell of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    format: int = FORMAT  # of this file; a newer version's is read as far as it is understood
    created: Moment = Field(default_factory=time.time)
    command: str
    source: str = ""  # name of the packaged space, or path of a person's own file
    seed: int
    versions: dict[str, str] = Field(default_factory=dict)
    space: SearchSpace
    data: DataSummary
    plan: tuple[FixedTrial, ...] | None = None  # holds the trials where none are to be searched for
    fills_time: bool = False  # whether more trials than planned are run while the time limit has room for them
    longer: tuple[LongerTrial, ...] = ()  # what a person asked to be trained longer, behind the search
    log: tuple[str, ...] = ()  # other tools that are told as well
    ablation_of: str | None = None  # the sweep whose best configuration is taken apart
    confirmation: Confirmation | None = None  # of another sweep's best configurations
    known: tuple[KnownTrial, ...] = ()  # what earlier sweeps tell the sampler
    code: OwnCode | None = None  # somebody's own, that the space names

    @property
    def is_search(self) -> bool:
        """Whether configurations are searched for; nothing is in an ablation or a confirmation."""
        return self.plan is None and self.confirmation is None

    @property
    def about(self) -> str | None:
        """The sweep beside it that it says more of."""
        return self.ablation_of if self.confirmation is None else self.confirmation.of

    @property
    def is_ladder(self) -> bool:
        """Whether the plan climbs from the default configuration, knob by knob, instead of taking the best one apart.

        Told by its first trial. Where nobody wrote a knob's default down, it is that of this version, which a ladder
        of an earlier one need not have started from; but its first label says so.
        """
        if not self.plan:
            return False
        first, space = self.plan[0], self.space
        return first.label == _FIRST_OF_A_LADDER or space.in_effect(first.config) == space.default()

    @property
    def published(self) -> list[Reference]:
        """The published results that may stand over its images: those that name a set over that set alone, beside a
        folder's own; over generated images all, for orientation."""
        rows = self.space.reference
        if self.space.data.is_generated:
            return list(rows)
        return [row for row in rows if row.images is None or row.images in self.data.layout]

    @field_serializer("space")
    def _as_written(self, space: SearchSpace) -> dict[str, Any]:
        return space.as_written()


def versions() -> dict[str, str]:
    """Versions of what decides a result."""
    packages = ("cnn-tune", "ray", "torch", "torchvision", "optuna")
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in packages}}
