"""TrialConfig: every knob of one training run, typed, with its range, unit and default.

The names here are the names in search-space files, records, reports and code. Knows neither torch nor any data.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnmodels.errors import ConfigError

Mode = Literal["min", "max"]

# Every metric has one name, and knows which direction is better.
METRICS: dict[str, dict[str, Mode]] = {
    "segmentation": {
        "val_miou": "max",
        "val_pixel_accuracy": "max",
        "val_loss": "min",
        "train_loss": "min",
    },
}

# Which task a network serves, and the knobs that it has beside the common ones.
MODEL_TASKS: dict[str, str] = {"unet": "segmentation", "fcn32": "segmentation"}
MODEL_KNOBS: dict[str, frozenset[str]] = {
    "unet": frozenset({"levels", "width", "skip"}),
    "fcn32": frozenset({"width"}),
}
TASK_KNOBS: dict[str, frozenset[str]] = {"segmentation": frozenset({"class_weights"})}
# Set by the budget, the space or the sweep, never by the `search` and `fixed` parts of a file.
NOT_KNOBS = frozenset({"task", "model", "epochs", "patience", "seed"})


class TrialConfig(BaseModel):
    """One training run. Frozen and hashable: equal configurations on equal data are the same trial."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    task: Literal["segmentation"] = "segmentation"
    model: Literal["unet", "fcn32"] = "unet"
    seed: Annotated[int, Field(ge=0, description="seed of initialisation, batch order and augmentation")] = 0
    epochs: Annotated[int, Field(ge=1, description="passes over the training split at most (epochs)")] = 9
    patience: Annotated[
        int | None, Field(ge=1, description="epochs without a better objective after which the run stops early")
    ] = None

    batch_size: Annotated[int, Field(ge=1, le=4096, description="images per optimizer step")] = 8
    optimizer: Annotated[
        Literal["sgd", "adam", "adamw"],
        Field(description="update rule; sgd uses momentum, adamw decouples the weight decay"),
    ] = "adam"
    lr: Annotated[float, Field(gt=0, le=10, description="learning rate at the start of the schedule")] = 1e-3
    momentum: Annotated[float, Field(ge=0, lt=1, description="share of the last step that sgd keeps")] = 0.9
    weight_decay: Annotated[float, Field(ge=0, le=1, description="pull of the weights towards zero")] = 0.0
    scheduler: Annotated[
        Literal["none", "step", "multistep", "linear", "cosine"],
        Field(description="how the learning rate falls from epoch to epoch"),
    ] = "none"
    step_size: Annotated[int, Field(ge=1, description="epochs between two falls of the step schedule")] = 3
    gamma: Annotated[float, Field(gt=0, le=1, description="factor of each fall (step, multistep)")] = 0.1
    milestones: Annotated[
        tuple[Annotated[float, Field(gt=0, lt=1)], ...],
        Field(min_length=1, description="when the multistep schedule falls, as shares of the run"),
    ] = (0.5, 0.75)
    augmentation: Annotated[
        Literal["none", "flip", "rotate", "crop", "all"],
        Field(description="random change of each training batch, the mask with its image"),
    ] = "none"
    class_weights: Annotated[
        Literal["none", "inverse"], Field(description="weight of each class in the loss: equal, or inverse frequency")
    ] = "none"

    width: Annotated[int, Field(ge=4, le=256, description="channels of the first level; deeper ones double it")] = 16
    levels: Annotated[int, Field(ge=2, le=6, description="resolutions of the U-Net, the bottom one included")] = 4
    skip: Annotated[bool, Field(description="skip connections from encoder to decoder")] = True


def knobs_of(model: str) -> list[str]:
    """The knobs that a training run of this model understands, in the order of their definition.

    Raises:
        ConfigError: there is no such model.
    """
    if model not in MODEL_TASKS:
        raise ConfigError(f"model: no such network: {model!r}. Networks: {', '.join(MODEL_TASKS)}")
    of_other_models = frozenset().union(*MODEL_KNOBS.values()) - MODEL_KNOBS[model]
    of_other_tasks = frozenset().union(*TASK_KNOBS.values()) - TASK_KNOBS[MODEL_TASKS[model]]
    hidden = NOT_KNOBS | of_other_models | of_other_tasks
    return [name for name in TrialConfig.model_fields if name not in hidden]


def describe(knob: str) -> str:
    """What a knob is, in one line."""
    return TrialConfig.model_fields[knob].description or ""


def default_of(knob: str) -> Any:
    """The value that a knob has where a search-space file gives none."""
    return TrialConfig.model_fields[knob].default


def parse(values: dict[str, Any]) -> TrialConfig:
    """A checked configuration.

    Raises:
        ConfigError: a knob is unknown or out of its range; the text names knob, value and rule.
    """
    try:
        return TrialConfig(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{where}: {first['msg']}, got {first['input']!r}") from None
