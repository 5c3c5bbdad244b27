"""Whether a space asks what a trial has answered: the one rule for earlier sweeps and for a space that was changed.
Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnmodels.config import parse
from cnnmodels.errors import ConfigError
from search_spaces.schema import SearchSpace

_NOT_THE_QUESTION = {"seed", "patience", "patience_metric"}  # of a configuration; what it is worth hardly hangs on them


def values_in(space: SearchSpace, config: Mapping[str, Any]) -> dict[str, Any] | None:
    """A configuration as this space would choose it: its searched knobs in effect.

    None where the space does not hold it: a value lies outside its range, a knob that it fixes has another value, or a
    trial of it would have another number of epochs.
    """
    values = space.in_effect(config)
    if not all(space.search[knob].contains(value) for knob, value in values.items()):
        return None
    try:
        ours, theirs = space.trial_config(values, seed=0), parse(dict(config))
    except ConfigError:
        return None
    if ours.model_dump(exclude=_NOT_THE_QUESTION) != theirs.model_dump(exclude=_NOT_THE_QUESTION):
        return None
    return values
