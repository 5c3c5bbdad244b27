"""How large the full grid of a search space would have been: what a search is up against."""

from __future__ import annotations

import itertools
import math
from typing import Any

from search_spaces.parameters import Choice, Parameter
from search_spaces.schema import SearchSpace

_VALUES_OF_A_RANGE = 3  # a grid would try a low, a middle and a high value
_MAX_COMBINATIONS = 20_000  # combinations of the deciding knobs are counted one by one up to here


def grid_size(space: SearchSpace) -> int | None:
    """Configurations in the full grid of the searched knobs, three values of each range; a knob whose condition does
    not hold is not multiplied in. None where the conditions are too many to count."""
    search = space.search
    deciding = [knob for knob in search if any(knob in parameter.when for parameter in search.values())]
    values = {knob: _values(search[knob]) for knob in deciding}
    if math.prod(len(one) for one in values.values()) > _MAX_COMBINATIONS:
        return None
    counted: dict[tuple[Any, ...], int] = {}
    for chosen in itertools.product(*values.values()):
        config = {**dict.fromkeys(search), **dict(zip(deciding, chosen, strict=True))}
        effective = space.in_effect(config)
        key = tuple((knob, repr(config[knob])) for knob in deciding if knob in effective)
        others = [len(_values(search[knob])) for knob in effective if knob not in deciding]
        counted[key] = math.prod(others)
    return sum(counted.values())


def _values(parameter: Parameter) -> list[Any]:
    return list(parameter.choice) if isinstance(parameter, Choice) else list(range(_VALUES_OF_A_RANGE))
