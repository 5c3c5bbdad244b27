"""Which metrics there are, and which direction of each is better: those of each task, and those of somebody's own.

Knows no torch; reading a metric of somebody's own imports nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Mode = Literal["min", "max"]

LATENCY = "latency_ms"
EVERY_TASK: dict[str, Mode] = {
    "val_loss": "min",
    "train_loss": "min",
    "parameters": "min",  # numbers that the network learns or holds frozen
    "seconds_per_image": "min",  # of a forward pass over the validation split; measured, so no seed repeats it
    LATENCY: "min",  # milliseconds of one image, measured alone; of a sweep that asks for it
}

# Every metric has one name, and knows which direction is better.
METRICS: dict[str, dict[str, Mode]] = {
    "classification": {
        "val_accuracy": "max",
        "val_macro_f1": "max",
        **EVERY_TASK,
    },
    "segmentation": {
        "val_miou": "max",
        "val_pixel_accuracy": "max",
        "val_macro_jaccard": "max",
        **EVERY_TASK,
    },
    "colorization": {
        "val_psnr": "max",
        "val_ssim": "max",
        "val_sharpness": "max",
        **EVERY_TASK,
    },
}
_NAME = re.compile(r"val_[a-z][a-z0-9_]{0,40}")
OF_A_CLASS = "val_iou_"  # with the name of a class behind it; of a segmentation


def _usable_name(name: str) -> str:
    if not _NAME.fullmatch(name) or name.startswith(OF_A_CLASS):
        raise ValueError("is no name of a metric of your own; write val_ and small letters: val_boundary_f1")
    taken = [task for task, metrics in METRICS.items() if name in metrics]
    if taken:
        raise ValueError(f"is the name of a metric of {' and '.join(taken)}; call yours something else")
    return name


class OwnMetric(BaseModel):
    """A metric of somebody's own, measured in every epoch beside those of the task."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, AfterValidator(_usable_name)]
    of: str = Field(description="module and object, a torchmetrics.Metric or what gives one: mypackage.metrics:Edges")
    mode: Mode = Field(description="which direction is better")


def modes_of(task: str, own: Iterable[OwnMetric] = ()) -> dict[str, Mode]:
    """The metrics of a task by name, with the direction that is better; what says most of it comes first.

    A task of somebody's own has those that are somebody's own, beside those of every task.
    """
    theirs: dict[str, Mode] = {metric.name: metric.mode for metric in own}
    return {**METRICS[task], **theirs} if task in METRICS else {**theirs, **EVERY_TASK}
