"""Tasks: ours by name, and those of somebody's own that this process has imported. Knows no torch."""

from __future__ import annotations

from typing import Literal

from cnnmodels.metric_table import METRICS

Kin = Literal["classification", "segmentation"]

TASKS = tuple(METRICS)
# Module and object of each; the networks serve it of the task of ours that answers images, or pixels, as it does.
OWN_TASKS: dict[str, Kin] = {}


def is_own(task: str) -> bool:
    """Whether a task is somebody's own: its name is a module and object, whether or not that is imported here."""
    return ":" in task


def known_task(task: str) -> str:
    """
    Raises:
        ValueError: it is none of ours, nor one of somebody's own that is imported here.
    """
    if task in TASKS or task in OWN_TASKS:
        return task
    if is_own(task):
        raise ValueError("a task of somebody's own, whose code is not loaded here")
    raise ValueError(f"must be {', '.join(TASKS[:-1])} or {TASKS[-1]}, or a task of your own: mypackage.tasks:Depth")


def serves(task: str, tasks: frozenset[str]) -> bool:
    """Whether a network that is for some tasks of ours is for this one; of a task whose code is not loaded here, that
    was asked when its sweep began."""
    if not is_own(task):
        return task in tasks
    return task not in OWN_TASKS or OWN_TASKS[task] in tasks


def answers_pixels(task: str) -> bool:
    """Whether a network's answer is [batch, outputs, height, width], and not [batch, outputs]."""
    return OWN_TASKS.get(task, task) != "classification"
