"""The JSON schema of a space file, for editors: the knobs of each network at each task, and what their values may be.

An editor completes `search:`, `fixed:` and `named:` by it. The reader (loading.py) checks more than a schema can say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnmodels.config import default_of, describe, knobs_of
from cnnmodels.knob_table import number_in, row_of, value_schema
from cnnmodels.metric_table import METRICS, OF_A_CLASS
from cnnmodels.models import MODELS
from search_spaces.schema import SearchSpace

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OF_NUMBERS = ("uniform", "log_uniform", "quantized")
_OF_WHOLE_NUMBERS = ("int", "log_int")


def space_schema() -> dict[str, Any]:
    """The schema, of the networks that are in the table now."""
    schema = SearchSpace.model_json_schema()
    pairs = [(task, model) for model, row in MODELS.items() for task in sorted(row.tasks)]
    properties = schema["properties"]
    del properties["name"]  # the file's own
    schema["required"] = [key for key in schema["required"] if key not in ("name", "search")]
    properties["model"] = {"anyOf": [{"enum": list(MODELS)}, {"pattern": ":"}], "description": "the network"}
    properties["task"] = {
        "anyOf": [{"enum": list(METRICS)}, {"pattern": ":"}],
        "description": properties["task"]["description"],
    }
    one_metric = {"anyOf": [{"type": "string"}, {"type": "object", "required": ["of"]}]}
    properties["metrics"] = {
        "type": "object",
        "description": properties["metrics"]["description"],
        "propertyNames": {"pattern": "^val_"},
        "additionalProperties": one_metric,
    }
    for part in ("search", "fixed", "named"):
        properties[part] = {"type": ["object", "null"], "description": properties[part]["description"]}
    definitions = {key: one for key, one in schema["$defs"].items() if key in _still_named(schema)}
    ours = [(task, model) for task, model in pairs if MODELS[model].config is None]
    known = {knob: model for task, model in ours for knob in knobs_of(task, model)}
    definitions |= _of_knobs(known, known)
    for task, model in pairs:
        if MODELS[model].config is not None:
            there = dict.fromkeys(knobs_of(task, model), model)
            definitions |= _of_knobs(dict.fromkeys(sorted(MODELS[model].knobs), model), there)
    schema["$defs"] = definitions
    schema["allOf"] = [
        *(_of_pair(task, model) for task, model in pairs),
        *map(_networks_of_task, METRICS),
        *map(_metrics_of_task, METRICS),
    ]
    return {"$schema": _DIALECT, **schema, "title": "search space of cnn-tune"}


def _still_named(schema: dict[str, Any]) -> set[str]:
    """The definitions that the schema, or one of them, refers to."""
    found: set[str] = set()
    waiting = [schema["properties"]]
    while waiting:
        for name in _references(waiting.pop()) - found:
            found.add(name)
            waiting.append(schema["$defs"][name])
    return found


def _references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"].rpartition("/")[2]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*map(_references, part.values()))
    return set().union(*map(_references, part)) if isinstance(part, list) else set()


def _of_knobs(knobs: Mapping[str, str], known: Mapping[str, str]) -> dict[str, Any]:
    """The definitions of knobs, each beside a network that has it; `known` are all that a condition may name."""
    found: dict[str, Any] = {}
    for knob, model in knobs.items():
        found[_definition("value", knob, model)] = value_schema(knob, model)
        found[_definition("search", knob, model)] = _searched(knob, model, known)
    return found


def _definition(part: str, knob: str, model: str) -> str:
    """The name of a definition: a network of somebody's own may have a knob that is called as one of ours."""
    own = MODELS[model].config is not None and knob in MODELS[model].knobs
    return f"{part} of {knob}{f' of {model}' if own else ''}"


def _searched(knob: str, model: str, known: Mapping[str, str]) -> dict[str, Any]:
    """A knob under `search`: one kind of range that its values allow, a default, and a condition."""
    value = {"$ref": f"#/$defs/{_definition('value', knob, model)}"}
    kinds: dict[str, Any] = {"choice": {"type": "array", "items": value, "minItems": 1}}
    number = number_in(value_schema(knob, model))
    if number is not None:
        for kind in (*_OF_NUMBERS, *_OF_WHOLE_NUMBERS):
            kinds[kind] = _range(kind, number)
    when = {
        other: {"anyOf": [{"$ref": f"#/$defs/{value_of}"}, _list_of(value_of)]}
        for other, value_of in ((one, _definition("value", one, of)) for one, of in known.items())
        if other != knob
    }
    return {
        "type": "object",
        "description": describe(knob, model),
        "properties": {
            **kinds,
            "default": {**value, "description": "value of the first trial"},
            "when": {
                "type": "object",
                "description": "the knob counts only where each of these has (one of) these values",
                "properties": when,
                "additionalProperties": False,
            },
        },
        "additionalProperties": False,
        "oneOf": [{"required": [kind]} for kind in kinds],
    }


def _list_of(definition: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/$defs/{definition}"}, "minItems": 1}


def _range(kind: str, number: dict[str, Any]) -> dict[str, Any]:
    """Two ends, and a step where the kind has one."""
    end = dict(number)
    if kind in _OF_WHOLE_NUMBERS:
        end["type"] = "integer"
    if kind.startswith("log") and end.get("minimum", 0) <= 0:
        end.pop("minimum", None)
        end["exclusiveMinimum"] = 0
    if kind == "quantized":
        step = {"type": "number", "exclusiveMinimum": 0}
        return {"type": "array", "prefixItems": [end, end, step], "minItems": 3, "maxItems": 3}
    return {"type": "array", "items": end, "minItems": 2, "maxItems": 2}


def _of_pair(task: str, model: str) -> dict[str, Any]:
    """What a network has at a task."""
    knobs = knobs_of(task, model)
    fixed = {knob: _named_knob("value", knob, model) for knob in knobs}
    settings = {"properties": fixed, "additionalProperties": False}
    return {
        "if": {"properties": {"task": {"const": task}, "model": {"const": model}}, "required": ["task", "model"]},
        "then": {
            "properties": {
                "search": {
                    "properties": {knob: _named_knob("search", knob, model) for knob in knobs},
                    "additionalProperties": False,
                },
                "fixed": settings,
                "named": {"additionalProperties": {"type": "object", **settings}},
            }
        },
    }


def _named_knob(part: str, knob: str, model: str) -> dict[str, Any]:
    row = row_of(knob, model)
    told = "; ".join(
        filter(None, [row.meaning, row.range, row.unit and f"unit: {row.unit}", f"default: {row.default}"])
    )
    found: dict[str, Any] = {"$ref": f"#/$defs/{_definition(part, knob, model)}", "description": told}
    if part == "value":
        default = default_of(knob, model)
        found["default"] = list(default) if isinstance(default, tuple) else default
    return found


def _networks_of_task(task: str) -> dict[str, Any]:
    ours = {"enum": [model for model, row in MODELS.items() if task in row.tasks]}
    own = {"type": "string", "pattern": ":"}  # somebody's own
    return {**_where(task), "then": {"properties": {"model": {"if": own, "else": ours}}}}


def _metrics_of_task(task: str) -> dict[str, Any]:
    """Beside those that a space names itself, a trial reports no others."""
    metric: dict[str, Any] = {"enum": list(METRICS[task])}
    if task == "segmentation":
        metric = {"anyOf": [metric, {"pattern": f"^{OF_A_CLASS}"}]}
    one = {"properties": {"metric": metric}}
    objective = {"anyOf": [{"type": "object", **one}, {"type": "array", "items": one}]}
    where = _where(task)["if"]
    return {"if": {**where, "not": {"required": ["metrics"]}}, "then": {"properties": {"objective": objective}}}


def _where(task: str) -> dict[str, Any]:
    return {"if": {"properties": {"task": {"const": task}}, "required": ["task"]}}
