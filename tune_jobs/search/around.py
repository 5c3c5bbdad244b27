"""Configurations drawn from a space: evenly, or around one that is given. Knows no curves and no sampler."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from search_spaces.parameters import Parameter
from search_spaces.schema import SearchSpace

SPREAD = 0.2  # standard deviation around a value, as a part of its range
KEPT = 0.6  # how often a choice stays as it is


def evenly(space: SearchSpace, rng: np.random.Generator) -> dict[str, Any]:
    """Each knob in effect by itself; ranges that are logarithmic evenly on their axis."""
    return around(space, rng, {})


def around(space: SearchSpace, rng: np.random.Generator, middle: Mapping[str, Any]) -> dict[str, Any]:
    """Each knob in effect near its value in `middle`; evenly where that has none."""
    values = dict(space.fixed)
    for name, parameter in space.ordered():
        if parameter.holds(values):
            values[name] = _near(parameter, rng, middle[name]) if name in middle else _any(parameter, rng)
    return {name: value for name, value in values.items() if name in space.search}


def _any(parameter: Parameter, rng: np.random.Generator) -> Any:
    choices = parameter.values()
    if choices is not None:
        return choices[rng.integers(len(choices))]
    low, high = scaled_ends(parameter)
    return _unscaled(parameter, rng.uniform(low, high))


def _near(parameter: Parameter, rng: np.random.Generator, value: Any) -> Any:
    if parameter.values() is not None:
        return value if rng.random() < KEPT else _any(parameter, rng)
    low, high = scaled_ends(parameter)
    middle = math.log(value) if parameter.is_logarithmic else value
    while True:  # a normal distribution without what lies out of the range
        drawn = rng.normal(middle, SPREAD * (high - low))
        if low <= drawn <= high:
            return _unscaled(parameter, drawn)


def scaled_ends(parameter: Parameter) -> tuple[float, float]:
    """The ends of a range on the axis on which it is drawn."""
    low, high = parameter.ends()
    return (math.log(low), math.log(high)) if parameter.is_logarithmic else (low, high)


def _unscaled(parameter: Parameter, drawn: float) -> float:
    """Three digits, so that a person can read the table; never out of the range."""
    low, high = parameter.ends()
    value = math.exp(drawn) if parameter.is_logarithmic else drawn
    return float(min(high, max(low, float(f"{value:.3g}"))))
