"""How large the full grid of a search space would have been: what a search is up against."""

from __future__ import annotations

import itertools
import math
from typing import Any

_VALUES_OF_A_RANGE = 3  # that a grid would try of a knob with a range: low, middle, high
_MOST_COMBINATIONS = 20_000  # of the knobs that others depend on, counted one by one


def grid_size(asked: dict[str, Any]) -> int | None:
    """Configurations in the full grid of the searched knobs, three values of each range; a knob whose condition does
    not hold is not multiplied in. None where the conditions are too many to count."""
    search, fixed = asked["space"]["search"], asked["space"]["fixed"]
    deciding = [knob for knob in search if any(knob in kind.get("when", {}) for kind in search.values())]
    values = {knob: _values(search[knob]) for knob in deciding}
    if math.prod(len(one) for one in values.values()) > _MOST_COMBINATIONS:
        return None
    counted: dict[tuple[Any, ...], int] = {}
    for chosen in itertools.product(*values.values()):
        config = {**fixed, **dict(zip(deciding, chosen, strict=True))}
        effective = _effective(search, config)
        key = tuple((knob, repr(config[knob])) for knob in deciding if knob in effective)
        others = [len(_values(search[knob])) for knob in effective if knob not in deciding]
        counted[key] = math.prod(others)
    return sum(counted.values())


def _values(parameter: dict[str, Any]) -> list[Any]:
    return list(parameter["choice"]) if "choice" in parameter else list(range(_VALUES_OF_A_RANGE))


def _effective(search: dict[str, Any], config: dict[str, Any]) -> set[str]:
    """The searched knobs whose conditions hold, those of the knobs that they depend on included."""
    effective: set[str] = set()
    for _ in search:  # a chain of conditions is at most as long as there are knobs
        found = {knob for knob, kind in search.items() if _holds(kind.get("when", {}), search, config, effective)}
        if found == effective:
            break
        effective = found
    return effective


def _holds(when: dict[str, Any], search: dict[str, Any], config: dict[str, Any], effective: set[str]) -> bool:
    return all(
        (knob in effective or knob not in search)
        and config.get(knob) in (wanted if isinstance(wanted, list) else [wanted])
        for knob, wanted in when.items()
    )
