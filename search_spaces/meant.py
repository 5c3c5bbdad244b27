"""A search space as it is meant: each value is what its knob's field in TrialConfig makes of it, however it was typed.

`8.0` for a whole number is 8, `yes` for a switch is true, "1e-4" is a number; so conditions, defaults and duplicates
are compared as trials will have them. What the field refuses stays as it was typed, for whoever checks it to name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cnnmodels.config import parse
from cnnmodels.errors import ConfigError
from search_spaces.parameters import allowed

_WHOLE = {"uniform": "int", "log_uniform": "log_int"}  # kinds of a range, and those that hold its whole numbers alone
_SIZE = re.compile(r"(\d+)\s*[x×]\s*(\d+)")


def as_meant(document: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a space file with its values as they are meant."""
    run = {key: document[key] for key in ("task", "model") if key in document}
    meant = dict(document)
    if isinstance(document.get("data"), Mapping) and "image_size" in document["data"]:
        meant["data"] = {**document["data"], "image_size": _size(document["data"]["image_size"])}
    if isinstance(document.get("fixed"), Mapping):
        meant["fixed"] = _settings(document["fixed"], run)
    if isinstance(document.get("named"), Mapping):
        meant["named"] = {name: _settings(values, run) for name, values in document["named"].items()}
    if isinstance(document.get("search"), Mapping):
        meant["search"] = {knob: _parameter(knob, given, run) for knob, given in document["search"].items()}
    return meant


def _value(knob: str, value: Any, run: Mapping[str, Any]) -> Any:
    try:
        meant = getattr(parse({**run, knob: value}), knob)
    except (ConfigError, AttributeError, TypeError):  # the last two where task and model are no words
        return value
    return list(meant) if isinstance(meant, tuple) else meant  # as YAML and JSON have it


def _settings(given: Any, run: Mapping[str, Any]) -> Any:
    return {knob: _value(knob, one, run) for knob, one in given.items()} if isinstance(given, Mapping) else given


def _parameter(knob: str, given: Any, run: Mapping[str, Any]) -> Any:
    if not isinstance(given, Mapping):
        return given
    meant = dict(given)
    if given.get("default") is not None:
        meant["default"] = _value(knob, given["default"], run)
    if isinstance(given.get("choice"), list):
        meant["choice"] = [_value(knob, one, run) for one in given["choice"]]
    if isinstance(given.get("when"), Mapping):
        meant["when"] = {other: _condition(other, values, run) for other, values in given["when"].items()}
    return _of_whole_numbers(knob, meant, run)


def _condition(knob: str, values: Any, run: Mapping[str, Any]) -> Any:
    meant = [_value(knob, one, run) for one in allowed(values)]
    return meant if isinstance(values, list) else meant[0]


def _of_whole_numbers(knob: str, given: dict[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    """A range from 4 to 16 of a knob that takes whole numbers alone is one of whole numbers."""
    for kind, whole in _WHOLE.items():
        if isinstance(given.get(kind), list) and whole not in given:
            ends = [_value(knob, _float(end), run) for end in given[kind]]
            if all(type(end) is int for end in ends):
                return {whole: ends, **{key: value for key, value in given.items() if key != kind}}
    return given


def _float(value: Any) -> Any:
    """A number as one that a knob of whole numbers alone turns into an int again."""
    try:
        return value if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return value


def _size(given: Any) -> Any:
    """Height and width: 64 is 64x64."""
    if isinstance(given, str) and (sides := _SIZE.fullmatch(given.strip())):
        return [int(sides[1]), int(sides[2])]
    return [given, given] if isinstance(given, int | float) and not isinstance(given, bool) else given
