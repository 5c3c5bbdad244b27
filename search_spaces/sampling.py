"""A SearchSpace asked by Optuna, define-by-run, so that a knob not in effect is not part of a trial at all."""

from __future__ import annotations

import json
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from cnnmodels.plain_values import without_rounding_error
from search_spaces.parameters import Choice, Int, LogInt, LogUniform, Parameter, Quantized, Uniform
from search_spaces.schema import SearchSpace


def suggest(space: SearchSpace, trial: optuna.Trial) -> dict[str, Any]:
    """Values of the searched knobs that are in effect, as this Optuna trial proposes them."""
    values = dict(space.fixed)
    for name, parameter in space.ordered():
        if parameter.holds(values):
            proposed = _from_optuna(parameter, _ask(trial, name, distribution(parameter)))
            values[name] = without_rounding_error(proposed)  # as a configuration has it
    return {name: value for name, value in values.items() if name in space.search}


def distribution(parameter: Parameter) -> BaseDistribution:
    """The Optuna distribution of one parameter."""
    match parameter:
        case Choice():
            return CategoricalDistribution([_to_optuna(parameter, value) for value in parameter.choice])
        case Uniform():
            return FloatDistribution(*parameter.uniform)
        case LogUniform():
            return FloatDistribution(*parameter.log_uniform, log=True)
        case Int():
            return IntDistribution(*parameter.int)
        case LogInt():
            return IntDistribution(*parameter.log_int, log=True)
        case Quantized():
            low, high, step = parameter.quantized
            if all(float(bound).is_integer() for bound in parameter.quantized):
                return IntDistribution(int(low), int(high), step=int(step))
            return FloatDistribution(low, high, step=step)
    raise TypeError(parameter)


def _ask(trial: optuna.Trial, name: str, wanted: BaseDistribution) -> Any:
    match wanted:
        case CategoricalDistribution():
            return trial.suggest_categorical(name, wanted.choices)
        case IntDistribution():
            return trial.suggest_int(name, wanted.low, wanted.high, step=wanted.step, log=wanted.log)
        case FloatDistribution():
            return trial.suggest_float(name, wanted.low, wanted.high, step=wanted.step, log=wanted.log)
    raise TypeError(wanted)


def optuna_values(space: SearchSpace, values: dict[str, Any]) -> dict[str, Any]:
    """Searched knobs as Optuna stores them; the other way round from `suggest`."""
    return {name: _to_optuna(space.search[name], value) for name, value in values.items()}


def _to_optuna(parameter: Parameter, value: Any) -> Any:
    """Optuna's categories are scalars; a list (milestones) travels as JSON text."""
    return json.dumps(value) if isinstance(parameter, Choice) and isinstance(value, list | tuple) else value


def _from_optuna(parameter: Parameter, value: Any) -> Any:
    if isinstance(parameter, Choice) and isinstance(value, str) and value not in parameter.choice:
        return json.loads(value)
    return parameter.nearest(value) if isinstance(parameter, Quantized) else value
