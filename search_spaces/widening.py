"""A range moved out at one of its ends, as far as a training run accepts; and which end a value lies at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from cnnmodels.config import bound_of
from cnnmodels.errors import ConfigError
from search_spaces.parameters import KINDS, Choice, Parameter
from search_spaces.schema import SearchSpace

End = Literal["lower", "upper"]
_NEAR = 0.05  # of a range; an evenly drawn value lies so near to one of its ends in one sweep of ten


def end_of(parameter: Parameter, value: float, near: float = _NEAR) -> End | None:
    """The end of a range that a value lies at, within a share of the range."""
    scale = math.log if parameter.is_logarithmic else float
    low, high = (scale(end) for end in parameter.ends())
    place = (scale(value) - low) / (high - low)
    return "lower" if place <= near else "upper" if place >= 1 - near else None


def widened(space: SearchSpace, knob: str, end: End, config: Mapping[str, Any] | None = None) -> Parameter | None:
    """The range of a knob, half as wide again at one end (of a log range: by that factor); less where the knob itself
    is bounded. None where nothing lies beyond that a training run accepts.

    Args:
        space: whose knob it is.
        knob: a range, not a choice.
        end: which one moves.
        config: a whole configuration that the new end has to be valid in; without it, the default.
    """
    parameter = space.search[knob]
    scale, back = (math.log, math.exp) if parameter.is_logarithmic else (float, float)
    low, high = (scale(end) for end in parameter.ends())
    half = (high - low) / 2
    wanted = _bounded(knob, space.model, parameter, back(high + half if end == "upper" else low - half), end)
    old_low, old_high = parameter.ends()
    ends = (old_low, wanted) if end == "upper" else (wanted, old_high)
    if wanted in (old_low, old_high) or (wanted > old_high) != (end == "upper"):
        return None
    values = space.in_effect(config) if config is not None else space.default()
    try:
        space.trial_config({**values, knob: wanted}, seed=0)
    except ConfigError:
        return None
    rest = getattr(parameter, parameter.kind)[2:]
    return KINDS[parameter.kind].model_validate(
        {**parameter.model_dump(exclude_defaults=True), parameter.kind: (*ends, *rest)}
    )


def default_at_an_end(space: SearchSpace) -> list[str]:
    """A line for each searched range whose own default is one of its ends, where the knob could go on beyond: the
    search then looks on one side of the default alone."""
    lines = []
    for knob, parameter in space.search.items():
        if isinstance(parameter, Choice):
            continue
        default = space.default_of(knob)
        end = end_of(parameter, default, near=1e-9)
        wider = widened(space, knob, end) if end else None
        if end and wider:
            lines.append(
                f"search.{knob}: the default {default:g} is the {end} end of its range ({parameter.in_words()}), so "
                f"that nothing {'above' if end == 'upper' else 'below'} it is tried; a wider range: "
                f"--set 'search.{knob}.{parameter.kind}={_as_yaml(wider)}'"
            )
    return lines


def _as_yaml(parameter: Parameter) -> str:
    return "[" + ", ".join(f"{number:g}" for number in getattr(parameter, parameter.kind)) + "]"


def _bounded(knob: str, model: str, parameter: Parameter, wanted: float, end: End) -> float:
    """The wanted end as people write it, no further than the knob goes; half of the way to a bound that it may not be
    at itself."""
    old = parameter.ends()[1 if end == "upper" else 0]
    out = 1 if end == "upper" else -1
    if parameter.kind == "quantized":
        step = getattr(parameter, parameter.kind)[2]
        wanted = old + out * step * max(1, round(abs(wanted - old) / step))
    elif parameter.is_whole:
        wanted = old + out * max(1, abs(round(wanted) - old))
    bound, is_open = bound_of(knob, model, end)
    if bound is None or (bound - wanted) * out > 0:
        return wanted if parameter.is_whole else float(f"{wanted:.{12 if parameter.kind == 'quantized' else 2}g}")
    if parameter.kind == "quantized":
        room = abs(bound - old) / step
        steps = math.ceil(room - 1e-9) - 1 if is_open else math.floor(room + 1e-9)
        return float(f"{old + out * step * steps:.12g}")
    return bound if not is_open else (old + bound) / 2
