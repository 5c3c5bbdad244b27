"""A task of somebody's own: imported, and entered in the table of tasks."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cnnmodels.errors import ConfigError
from cnnmodels.own.importing import imported, own_object, target_of, told
from cnnmodels.task_table import OWN_TASKS, TASKS

GROUP = "cnn_tune.tasks"  # of entry points


def use_task(name: str, folders: Iterable[Path] = ()) -> str:
    """Import a task that is somebody's own, and enter it in the table; nothing happens for one of ours.

    Args:
        name: as in a space file.
        folders: where its module is looked for first.

    Returns:
        The name that a sweep knows it by: its module and object, or that of a task of ours.

    Raises:
        ConfigError: it cannot be imported, or is no task; the text says why in one line.
    """
    if name in TASKS or target_of(name, GROUP) is None:
        return name
    target = own_object(name, GROUP, folders)
    found = imported(target, folders)
    if not callable(getattr(found, "loss", None)):
        raise ConfigError(f"{target}: has no `loss(self, logits, truth)`, which gives the mean loss of a batch")
    if not isinstance(getattr(found, "metrics", {}), Mapping):
        raise ConfigError(f"{target}: metrics: expected names with classes: {{'val_mae': MeanAbsoluteError}}")
    OWN_TASKS[target] = "segmentation" if getattr(found, "per_pixel", True) else "classification"
    return target


def metrics_of(target: str) -> dict[str, Any]:
    """What a task of somebody's own is measured by, as a space file names it.

    Raises:
        ConfigError: a metric is neither a class or function that can be named, nor its module and object.
    """
    given = getattr(imported(target, ()), "metrics", {})
    return {
        str(name): one if isinstance(one, str | Mapping) else _name_of(target, name, one) for name, one in given.items()
    }


def made_task(target: str, classes: tuple[str, ...]) -> Any:
    """The object behind a task of somebody's own; a class that takes an argument gets the names of the classes.

    Raises:
        ConfigError: it fails, or says not how many outputs a network has.
    """
    found = imported(target, ())
    try:
        made = found(classes) if inspect.signature(found).parameters else found()
    except Exception as error:  # whatever somebody's task does
        raise ConfigError(f"{target}: cannot be built: {told(error)}") from error
    outputs = getattr(made, "outputs", None)
    if not isinstance(outputs, int) or isinstance(outputs, bool) or outputs < 1:
        raise ConfigError(
            f"{target}: outputs: must be how many channels a network puts out, 1 or more, got {outputs!r}"
        )
    return made


def _name_of(target: str, metric: object, found: Any) -> str:
    module, name = getattr(found, "__module__", None), getattr(found, "__qualname__", "<")
    if module is None or not name.isidentifier():
        raise ConfigError(f"{target}: metrics: {metric}: {found!r} is no class or function at the top of a module")
    return f"{module}:{name}"
