"""Configurations that a sweep has not tried: the nearest one of a finite space, or one drawn at random."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Set
from typing import Any

import optuna

from search_spaces.parameters import Parameter
from search_spaces.sampling import suggest
from search_spaces.schema import SearchSpace

_MAX_LISTED = 20_000  # no more unseen configurations of a finite space than this are compared
_MAX_DRAWN = 1_000


def key_of(values: Mapping[str, Any]) -> str:
    """A text that is equal for equal configurations, also where a whole number is 8 in one and 8.0 in the other."""
    whole = {knob: int(one) for knob, one in values.items() if isinstance(one, float) and one.is_integer()}
    return json.dumps({**values, **whole}, sort_keys=True)


def nearest_unseen(space: SearchSpace, known: Set[str], wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    """The configuration of a finite space that is nearest to the wanted one and not known; None if all are."""
    unseen = (one for one in space.configurations() if key_of(one) not in known)
    listed = itertools.islice(unseen, _MAX_LISTED)
    return min(listed, key=lambda one: distance(space, one, wanted), default=None)


def distance(space: SearchSpace, one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """How far apart two configurations are: 1 for each choice that differs, and for each knob that only one of them
    has; of a range, the part of it that lies between."""
    shared = one.keys() & other.keys()
    return len(one.keys() ^ other.keys()) + sum(_apart(space.search[knob], one[knob], other[knob]) for knob in shared)


def _apart(parameter: Parameter, one: Any, other: Any) -> float:
    if one == other:
        return 0.0
    bounds = parameter.ends()
    if parameter.kind == "choice":
        return 1.0
    scale = math.log if parameter.is_logarithmic else float
    return abs(scale(one) - scale(other)) / abs(scale(bounds[-1]) - scale(bounds[0]))


def drawn_unseen(space: SearchSpace, known: Set[str], seed: int) -> dict[str, Any] | None:
    """A configuration drawn at random that is not known, from a space with a continuous knob.

    Such a space is exhausted only if that knob is never in effect, as where its condition names a fixed knob of another
    value; None after 1000 draws of what was tried before is taken to mean that.
    """
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
        drawn = (suggest(space, study.ask()) for _ in range(_MAX_DRAWN))
        return next((values for values in drawn if key_of(values) not in known), None)
    finally:
        optuna.logging.set_verbosity(verbosity)
