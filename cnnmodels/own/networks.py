"""A network of somebody's own as a row of the table of networks: its configuration's fields are its knobs."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from cnnmodels.config import TrialConfig, complaint
from cnnmodels.errors import ConfigError
from cnnmodels.metric_table import METRICS
from cnnmodels.models import MODELS, Model
from cnnmodels.own.importing import imported, target_of, told
from cnnmodels.own.zoo import package_of, zoo_row

GROUP = "cnn_tune.models"  # of entry points
_SIMPLE = {"integer", "number", "boolean", "string", "array", "null"}
_SHAPE = "it takes (config, outputs), config annotated with the pydantic model whose fields are its knobs"


def use_network(name: str, folders: Iterable[Path] = (), target: str | None = None) -> str | None:
    """Import a network that is somebody's own, and give it a row in the table; nothing happens for one of ours.

    Args:
        name: as in a space file.
        folders: where its module is looked for first.
        target: what the name means, where that is known; else it is looked up.

    Returns:
        What the name means; None for a network of ours, and for a name that means nothing.

    Raises:
        ConfigError: it cannot be imported, or is no network; the text says why in one line.
    """
    if name in MODELS and MODELS[name].config is None:
        return None
    if package_of(name) is not None:
        MODELS[name] = zoo_row(name)
        return name
    target = target or target_of(name, GROUP)
    if target is None:
        return None
    MODELS[name] = _row(target, imported(target, folders))
    return target


def use_installed() -> None:
    """Give a row to every network that an installed package brings under a name.

    Raises:
        ConfigError: as use_network.
    """
    for point in metadata.entry_points(group=GROUP):
        use_network(point.name)


def _row(target: str, found: Any) -> Model:
    config = _config_of(target, found)
    defaults = {name: _default_of(target, config, name) for name in config.model_fields}
    for name in defaults:
        _refuse_unfit(target, config, name)
    try:
        config.model_validate(defaults)
    except ValidationError as error:
        raise ConfigError(f"{target}: {config.__name__}.{complaint(error)}, as its default") from None
    return Model(
        tasks=_tasks_of(target, found), knobs=frozenset(defaults), builder=target, defaults=defaults, config=config
    )


def _config_of(target: str, found: Any) -> type[BaseModel]:
    if not callable(found):
        raise ConfigError(f"{target}: is no class of a network, but {type(found).__name__}; {_SHAPE}")
    try:
        names = list(inspect.signature(found).parameters)
        hints = typing.get_type_hints(found.__init__ if inspect.isclass(found) else found)
    except (NameError, TypeError, ValueError) as error:
        raise ConfigError(f"{target}: its annotations cannot be read: {told(error)}") from None
    config = hints.get(names[0]) if len(names) > 1 else None
    if not (inspect.isclass(config) and issubclass(config, BaseModel)):
        raise ConfigError(f"{target}: has no configuration; {_SHAPE}")
    return config


def _tasks_of(target: str, found: Any) -> frozenset[str]:
    """What it says it is for, else every task."""
    given = getattr(found, "tasks", None)
    if given is None:
        return frozenset(METRICS)
    tasks = {given} if isinstance(given, str) else set(given)
    unknown = sorted(map(str, tasks - METRICS.keys()))
    if unknown or not tasks:
        raise ConfigError(f"{target}: tasks: no such task: {', '.join(unknown) or 'none'}; use {', '.join(METRICS)}")
    return frozenset(tasks)


def _default_of(target: str, config: type[BaseModel], knob: str) -> Any:
    field = config.model_fields[knob]
    if field.is_required():
        raise ConfigError(
            f"{target}: {config.__name__}.{knob}: has no default, which the first trial takes; give it one"
        )
    return field.get_default(call_default_factory=True, validated_data={})


def _refuse_unfit(target: str, config: type[BaseModel], knob: str) -> None:
    """
    Raises:
        ConfigError: the name is taken by every run or a task, or the values are none that a space file can hold.
    """
    where = f"{target}: {config.__name__}.{knob}"
    of_networks = frozenset[str]().union(*(row.knobs for row in MODELS.values() if row.config is None))
    if knob in TrialConfig.model_fields.keys() - of_networks:
        raise ConfigError(f"{where}: every training run has a setting of this name; call it something else")
    try:
        value = config.model_json_schema()["properties"][knob]
    except Exception:  # pydantic has many for what JSON cannot say
        value = {}
    kinds = [one.get("type") for one in value.get("anyOf", [value])]
    if not all(kind in _SIMPLE for kind in kinds) and "enum" not in value and "const" not in value:
        raise ConfigError(f"{where}: is of a type that no space file can hold; use int, float, bool, str or Literal")
