"""Budget: how much a sweep may spend, from a preset or number by number. Knows no knobs, no images and no clock."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from cnnmodels.plain_values import PlainValues
from search_spaces.nearest import nearest
from search_spaces.strategies import PRUNERS, SAMPLERS

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|)")


class Preset(NamedTuple):
    """A size of sweep."""

    trials: int
    max_epochs: int


# The epochs are multiples of nine, so that the rungs lie at a ninth and a third of them.
PRESETS: dict[str, Preset] = {
    "quick": Preset(trials=16, max_epochs=9),
    "standard": Preset(trials=48, max_epochs=27),
    "thorough": Preset(trials=120, max_epochs=54),
}
STANDARD, THOROUGH = PRESETS["standard"], PRESETS["thorough"]
SIZE_KEYS = frozenset({"preset", "trials", "max_epochs"})  # who gives one of them has said how large the sweep is
_FROM_OTHERS = ("trials", "max_epochs", "grace_epochs")
_PRESETS_IN_WORDS = ", ".join(f"{name} ({one.trials} trials of {one.max_epochs})" for name, one in PRESETS.items())

_AtLeastOne = Annotated[int, Field(ge=1)]


def seconds(value: Any) -> Any:
    """`90s`, `30m` and `2h` as seconds; a number is seconds already.

    Raises:
        ValueError: a text that is none of these.
    """
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value.strip())
    if match is None:
        raise ValueError("must be seconds, or like 90s, 30m, 2h")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


def first_rung_of(max_epochs: int) -> int:
    """The grace epochs of a budget that names none: a ninth of a trial, rounded up, so that there are two rungs.

    Of equal epochs in all, a ninth finds better configurations than a third does (benchmarks/search.py), and more of
    what knobs do (benchmarks/truth.py).
    """
    return math.ceil(max_epochs / 9)


class Budget(PlainValues):
    """How much a sweep may spend. What is not given follows from the preset, and is a plain number from then on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: Literal["quick", "standard", "thorough"] | None = Field(
        None, description=f"size of the sweep where trials or max_epochs are not given: {_PRESETS_IN_WORDS}"
    )
    trials: int = Field(None, ge=1, validate_default=True, description="configurations to try; null: the preset's")
    max_epochs: int = Field(
        None, ge=1, validate_default=True, description="epochs of a trial that is never stopped; null: the preset's"
    )
    grace_epochs: int = Field(
        None,
        ge=1,
        validate_default=True,
        description="epochs before the first rung, at which the first trials are pruned; null: a ninth of max_epochs",
    )
    reduction_factor: int | None = Field(
        3, ge=2, description="one in so many trials passes each rung; null: no trial is pruned"
    )
    time_limit: Annotated[Annotated[float, Field(gt=0)] | None, BeforeValidator(seconds)] = Field(
        None,
        description="end the sweep after so long: seconds, or `90s`, `30m`, `2h`; where preset, trials and max_epochs "
        "are not given, they are chosen to fit it",
    )
    epoch_limit: Annotated[Annotated[float, Field(gt=0)] | None, BeforeValidator(seconds)] = Field(
        None, description="take a trial that is silent for so long to hang; null: ten times the longest epoch so far"
    )
    sampler: str = Field("tpe", description="how configurations are proposed: " + ", ".join(SAMPLERS))
    pruner: str = Field("asha", description="how hopeless trials are found: " + ", ".join(PRUNERS))
    max_failures: int = Field(5, ge=1, description="end the sweep after so many failures in a row with the same error")
    patience: int | None = Field(None, ge=1, description="stop a trial after so many epochs without a better objective")
    patience_metric: str | None = Field(
        None, description="what patience goes by instead, such as val_loss; the best epoch stays the objective's"
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_not_given(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {key: value for key, value in given.items() if value is not None or key not in _FROM_OTHERS}

    @field_validator("trials", "max_epochs", mode="before", json_schema_input_type=_AtLeastOne | None)
    @classmethod
    def _of_the_preset(cls, given: Any, info: ValidationInfo) -> Any:
        preset = PRESETS[info.data.get("preset") or "standard"]
        return getattr(preset, str(info.field_name)) if given is None else given

    @field_validator("grace_epochs", mode="before", json_schema_input_type=_AtLeastOne | None)
    @classmethod
    def _a_ninth(cls, given: Any, info: ValidationInfo) -> Any:
        max_epochs = info.data.get("max_epochs")
        return first_rung_of(max_epochs) if max_epochs == 1 or (given is None and max_epochs is not None) else given

    @field_validator("sampler", "pruner")
    @classmethod
    def _known(cls, name: str, info: ValidationInfo) -> str:
        known = SAMPLERS if info.field_name == "sampler" else PRUNERS
        if name not in known:
            raise ValueError(
                f"no such {info.field_name}: {name!r}." + nearest(name, list(known), f"{info.field_name}s")
            )
        return name

    @model_validator(mode="after")
    def _some_rung(self) -> Budget:
        if self.grace_epochs > self.max_epochs:
            raise ValueError(f"grace_epochs {self.grace_epochs} exceeds max_epochs {self.max_epochs}")
        if self.prunes and not self.rungs():
            raise ValueError(
                f"grace_epochs {self.grace_epochs} and max_epochs {self.max_epochs} leave no rung to prune at; "
                "lower grace_epochs, or set reduction_factor: null to prune nothing"
            )
        return self

    @property
    def prunes(self) -> bool:
        """Whether a trial may be stopped early for its value: one alone, or one of a single epoch, is not."""
        return self.reduction_factor is not None and self.trials > 1 and self.max_epochs > 1

    def rungs(self) -> list[int]:
        """Epochs at which trials are compared and the worse ones pruned (Li et al. 2020, "ASHA", section 3)."""
        if self.reduction_factor is None:
            return []
        powers = (self.grace_epochs * self.reduction_factor**power for power in itertools.count())
        return list(itertools.takewhile(lambda rung: rung < self.max_epochs, powers))

    def pruning_in_words(self) -> str:
        """When trials are pruned: `pruned at epochs 1, 3`."""
        if not self.prunes:
            return "none is pruned"
        if self.pruner == "median":
            return f"pruned at any epoch from {self.grace_epochs} on"
        return f"pruned at epoch{'s' if len(self.rungs()) > 1 else ''} {', '.join(map(str, self.rungs()))}"

    def sized(self, trials: int, max_epochs: int) -> Budget:
        """The same of another size; the grace epochs follow unless they were given."""
        given = self.model_dump(include=self.model_fields_set - {"preset"})
        return Budget.model_validate({**given, "trials": trials, "max_epochs": max_epochs})
