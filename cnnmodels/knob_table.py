"""The knobs as a table: what each one means, of which type it is, its range, unit and default. Knows no torch.

Editors (search_spaces/json_schema.py) and people (docs/knobs.md) read the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from cnnmodels.config import NOT_KNOBS, TASK_KNOBS, TrialConfig, default_of, describe, run_class
from cnnmodels.models import MODELS

_UNITS = {  # of the knobs that are numbers
    "batch_size": "images",
    "lr": "step of a weight per unit of gradient",
    "momentum": "share",
    "weight_decay": "share of a weight, times lr, a step",
    "step_size": "epochs",
    "gamma": "factor",
    "milestones": "shares of the run",
    "warmup_epochs": "epochs",
    "peak_share": "share of the run",
    "final_share": "share of lr",
    "gradient_clip": "Euclidean norm",
    "augmentation_strength": "share",
    "augmentation_copies": "passes an epoch",
    "label_smoothing": "share",
    "width": "channels",
    "stem_stride": "pixels a step",
    "levels": "resolutions",
    "dropout": "share",
}


@dataclass(frozen=True)
class Knob:
    """One row."""

    name: str
    meaning: str
    kind: str  # whole number, number, switch, word or list
    range: str  # of a number its bounds, of a word the words
    unit: str  # empty for what is no number
    default: str  # as a space file has it


def row_of(knob: str, model: str) -> Knob:
    """The row of a knob of a model."""
    value = value_schema(knob, model)
    default = default_of(knob, model)
    shown = json.dumps(default) if not isinstance(default, str) else default
    return Knob(knob, describe(knob, model), _kind(value), _range(value), _unit(knob, model), shown)


def every_run() -> list[str]:
    """The knobs that every training run has, in the order of their definition."""
    special = frozenset().union(*TASK_KNOBS.values(), *(row.knobs for row in MODELS.values()))
    return [name for name in TrialConfig.model_fields if name not in NOT_KNOBS | special]


def _unit(knob: str, model: str) -> str:
    """A network of somebody's own says it beside the field: `json_schema_extra={"unit": "channels"}`."""
    of_its_own = MODELS[model].config is not None and knob in MODELS[model].knobs
    return str(_properties(run_class(model))[knob].get("unit", "")) if of_its_own else _UNITS.get(knob, "")


def value_schema(knob: str, model: str) -> dict[str, Any]:
    """What a value of a knob of a model may be, as JSON schema says it."""
    known = _properties(run_class(model))[knob]
    value = {key: part for key, part in known.items() if key not in ("title", "default", "description", "unit")}
    if "ge" in value:  # pydantic leaves the bound of two types at once as it was written
        value["minimum"] = value.pop("ge")
    if any(option.get("type") == "number" for option in value.get("anyOf", ())):
        value["anyOf"] = [option for option in value["anyOf"] if option.get("type") != "integer"]
    return value


def number_in(value: dict[str, Any]) -> dict[str, Any] | None:
    """The part of a value's schema that is a number; None where it is none."""
    bounds = {key: bound for key, bound in value.items() if key in _BOUNDS}
    for option in (value, *value.get("anyOf", ())):
        if option.get("type") in ("number", "integer") and "enum" not in option:
            return {**option, **bounds} if option is not value else {"type": value["type"], **bounds}
    return None


_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


@cache
def _properties(run: type[TrialConfig]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = run.model_json_schema()["properties"]
    return found


def _kind(value: dict[str, Any]) -> str:
    number = number_in(value)
    if number is not None:
        return "whole number" if number["type"] == "integer" else "number"
    kinds = {"array": "list of numbers", "boolean": "switch", "integer": "whole number"}
    return kinds.get(value.get("type", ""), "word")


def _range(value: dict[str, Any]) -> str:
    """In words."""
    if "enum" in value:
        return ", ".join(map(str, value["enum"]))
    if value.get("type") == "array":
        return f"each {_range(value['items'])}"
    if value.get("type") == "boolean":
        return "true, false"
    number = number_in(value)
    parts = [] if number is None else list(_bounds_in_words(number))
    if any(option.get("type") == "null" for option in value.get("anyOf", ())):
        parts.append("or null")
    return " ".join(parts) or str(value.get("examples", ["any"])[0])


def _bounds_in_words(number: dict[str, Any]) -> Iterator[str]:
    low, high = number.get("minimum"), number.get("maximum")
    above, below = number.get("exclusiveMinimum"), number.get("exclusiveMaximum")
    if low is not None or above is not None:
        yield f"from {low:g}" if low is not None else f"above {above:g}"
    if high is not None or below is not None:
        yield f"to {high:g}" if high is not None else f"to below {below:g}"
