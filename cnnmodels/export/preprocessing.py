"""What a program must know beside the network: how images go in, and what comes out. Plain JSON."""

from __future__ import annotations

from typing import Any

from cnnmodels.config import TrialConfig
from cnnmodels.data.image_data import VOID
from cnnmodels.export.programs import INPUT, OPSET, Size
from cnnmodels.task_table import answers_pixels
from cnnmodels.tasks import TASKS, Task

_OUTPUTS = {"segmentation": "probabilities", "classification": "probabilities", "colorization": "colors"}
Color = tuple[int, int, int]


def output_of(task: str) -> str:
    """The name of what comes out."""
    return _OUTPUTS.get(task, "answers")


def preprocessing(
    config: TrialConfig,
    size: Size,
    classes: tuple[str, ...],
    colors: tuple[Color, ...],
    *,
    channels: int,
    any_size: bool,
) -> dict[str, Any]:
    """The content of `preprocessing.json`.

    Args:
        config: of the network.
        size: of training.
        classes: their names; none for a colorization.
        colors: RGB of each class.
        channels: of an answer.
        any_size: whether the programs take images of other sizes.
    """
    normalization = TASKS.get(config.task, Task).normalization
    output = output_of(config.task)
    shape = ["batch", channels, *(("height", "width") if answers_pixels(config.task) else ())]
    sides = ["height", "width"] if any_size else list(size)
    document: dict[str, Any] = {
        "task": config.task,
        "size": {"height": size[0], "width": size[1], "any": any_size},
        "resize": "bilinear, as Pillow does it",
        "channels": "RGB",
        "scale": "values from 0 to 1, then (value - mean) / std in each channel",
        "mean": list(normalization.mean),
        "std": list(normalization.std),
        "grey": None if normalization.grey is None else list(normalization.grey),
        "input": {"name": INPUT, "type": "float32", "shape": ["batch", 3, *sides]},
        "output": {"name": output, "type": "float32", "shape": shape},
        "classes": [{"name": name, "color": list(color)} for name, color in zip(classes, colors, strict=True)],
        "onnx_opset": OPSET,
    }
    if config.task == "segmentation":
        document["void_label"] = VOID  # of masks that the network was trained on; it never answers so
    return document
