"""Tasks by name: what a network gets and puts out, its loss, its metrics. A new task joins the table."""

from __future__ import annotations

from typing import Any

import torch

from cnnmodels.config import TrialConfig
from cnnmodels.data.image_data import VOID, ImageData
from cnnmodels.tasks.classification import Classification
from cnnmodels.tasks.colorization import Colorization
from cnnmodels.tasks.own_metrics import OwnMetrics
from cnnmodels.tasks.own_task import OwnTask
from cnnmodels.tasks.segmentation import Segmentation
from cnnmodels.tasks.task import Task

TASKS: dict[str, type[Task]] = {
    "classification": Classification,
    "segmentation": Segmentation,
    "colorization": Colorization,
}


def make_task(config: TrialConfig, data: ImageData, device: torch.device) -> Task:
    """The task of a configuration on its data.

    Raises:
        ConfigError: what is to be a task or a metric of somebody's own is none.
    """
    task = TASKS.get(config.task, OwnTask)(config, data, device)
    given: dict[str, Any] = {"num_classes": len(data.classes), "classes": data.classes}
    if config.task == "segmentation":
        given["ignore_index"] = VOID
    task.own_metrics = OwnMetrics(config.metrics, given, device)
    return task


__all__ = ["TASKS", "Task", "make_task"]
