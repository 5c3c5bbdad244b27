"""What no training run could accept of a search space, though each part of it is well formed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnmodels import config as knobs
from cnnmodels.data.spec import GENERATED_TASKS
from cnnmodels.errors import ConfigError
from cnnmodels.models import MODELS
from cnnmodels.task_table import is_own, serves
from search_spaces.nearest import nearest
from search_spaces.parameters import Parameter, allowed
from search_spaces.schema import SearchSpace

_MOST_TRIED = 100


def problems(space: SearchSpace) -> Iterator[tuple[str, str]]:
    """What no training run could accept, as (key, text); nothing if the space can be run."""
    if space.model not in MODELS:
        yield "model", f"no such network: {space.model!r}." + nearest(space.model, list(MODELS), "networks")
        return
    if not serves(space.task, MODELS[space.model].tasks):
        fitting = ", ".join(knobs.models_for(space.task))
        yield (
            "model",
            f"{space.model} is for {' and '.join(sorted(MODELS[space.model].tasks))}; for {space.task}: {fitting}",
        )
        return
    if is_own(space.task) and space.data.source is None:
        yield (
            "data.source",
            f"is missing; {space.task} is a task of your own, so name what gives its images and targets",
        )
        return
    if space.data.is_generated and GENERATED_TASKS[space.data.name or ""] != space.task:
        yield "data.name", f"{space.data.name} is for {GENERATED_TASKS[space.data.name or '']}, not {space.task}"
    yield from _metric_problems(space)
    yield from _knob_problems(space)
    yield from _named_problems(space)
    yield from _condition_problems(space)
    yield from _budget_problems(space)


def _metric_problems(space: SearchSpace) -> Iterator[tuple[str, str]]:
    known = space.modes
    for place, objective in enumerate(space.objectives):
        key = "objective" if len(space.objectives) == 1 else f"objective.{place}"
        metric, mode = objective.metric, objective.mode
        if metric in known and known[metric] != mode:
            yield (
                f"{key}.mode",
                f"{metric} is better {'high' if known[metric] == 'max' else 'low'}: use {known[metric]}",
            )
        if not space.reports(metric):
            yield f"{key}.metric", f"{metric!r} is not reported by {space.task}; known: {', '.join(known)}"
    patience_metric = space.budget.patience_metric
    if patience_metric is not None and patience_metric not in known:
        yield (
            "budget.patience_metric",
            f"{patience_metric!r} is not reported by {space.task}; known: {', '.join(known)}",
        )
    if patience_metric is not None and space.budget.patience is None:
        yield "budget.patience_metric", "says nothing without budget.patience, the epochs to wait for"
    for limit in space.limits:
        if not space.reports(limit.metric):
            yield (
                "constraints",
                f"{str(limit)!r}: {limit.metric!r} is not reported by {space.task}."
                + nearest(limit.metric, list(known), "metrics"),
            )
    if len({objective.metric for objective in space.objectives}) < len(space.objectives):
        yield "objective", f"{space.objective.metric} stands there twice; name two different metrics"


def _knob_problems(space: SearchSpace) -> Iterator[tuple[str, str]]:
    known = knobs.knobs_of(space.task, space.model)
    for part in ("fixed", "search"):
        for name in getattr(space, part):
            if name not in known:
                yield f"{part}.{name}", f"no such knob for {space.model}." + nearest(name, known, "knobs")
    for name in sorted(set(space.fixed) & set(space.search)):
        yield f"search.{name}", "is under `fixed` as well; keep one"
    for name, value in space.fixed.items():
        if name in known:
            yield from _value_problems(space, f"fixed.{name}", name, [value])
    for name, parameter in space.search.items():
        if name in known:
            yield from _value_problems(space, f"search.{name}", name, _tried(parameter))
            default = space.default_of(name)
            if not parameter.contains(default):
                origin = "default" if parameter.default is not None else "no default given, and the knob's own"
                yield f"search.{name}", f"{origin} {default!r} is not {parameter.in_words()}"


def _tried(parameter: Parameter) -> list[Any]:
    """Values that stand for all: the ends, and the first of those that can be listed."""
    return [*parameter.ends(), *(parameter.values() or [])[:_MOST_TRIED]]


def _named_problems(space: SearchSpace) -> Iterator[tuple[str, str]]:
    known = knobs.knobs_of(space.task, space.model)
    for name, values in space.named.items():
        if name == "default":
            yield "named.default", "is the first trial, made of the defaults under `search`; use another name"
        for knob, value in values.items():
            if knob not in known:
                yield f"named.{name}.{knob}", f"no such knob for {space.model}." + nearest(knob, known, "knobs")
            else:
                yield from _value_problems(space, f"named.{name}.{knob}", knob, [value])


def _value_problems(space: SearchSpace, key: str, name: str, values: list[Any]) -> Iterator[tuple[str, str]]:
    for value in values:
        try:
            knobs.parse({"task": space.task, "model": space.model, name: value})
        except ConfigError as error:
            yield key, str(error).removeprefix(f"{name}: ")
            return


def _condition_problems(space: SearchSpace) -> Iterator[tuple[str, str]]:
    for name, parameter in space.search.items():
        for knob, values in parameter.when.items():
            key = f"search.{name}.when.{knob}"
            if knob not in space.search and knob not in space.fixed:
                yield key, "is neither searched nor fixed." + nearest(knob, [*space.search, *space.fixed], "knobs here")
            elif knob in space.search:
                for value in allowed(values):
                    if not space.search[knob].contains(value):
                        yield key, f"{knob} is never {value!r}; it is {space.search[knob].in_words()}"
    try:
        space.ordered()
    except ValueError as error:
        yield "search", str(error).removeprefix("search: ")


def _budget_problems(space: SearchSpace) -> Iterator[tuple[str, str]]:
    trials = space.budget.trials
    if "trials" not in space.budget.model_fields_set:
        return  # a preset takes as many as there are
    if not space.search and trials > 1:
        yield "search", f"nothing to search, but budget.trials is {trials}; move a knob here, or set budget.trials to 1"
    elif space.search:
        found = space.different_configurations(trials)
        if found < trials:
            yield "budget.trials", f"must be at most {found}, the number of different configurations, got {trials}"
