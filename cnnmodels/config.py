"""TrialConfig: every knob of one training run, typed, with its range, unit and default.

The names here are the names in search-space files, records, reports and code. Knows neither torch nor any data.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model, model_validator
from pydantic.fields import FieldInfo

from cnnmodels.errors import ConfigError
from cnnmodels.metric_table import OwnMetric, modes_of
from cnnmodels.models import MODELS
from cnnmodels.plain_values import PlainValues
from cnnmodels.task_table import known_task, serves

Precision = Literal["float32", "bfloat16"]
TaskName = Annotated[str, AfterValidator(known_task)]

# Names that files, records and checkpoints of earlier versions have; they are read as today's.
RENAMED_KNOBS = {"initialisation": "initialization"}
RENAMED_MODELS = {"baseline": "conv_deconv", "custom": "unpooling"}
TASK_KNOBS: dict[str, frozenset[str]] = {
    "classification": frozenset({"class_weights", "label_smoothing", "mixing"}),
    "segmentation": frozenset({"class_weights", "label_smoothing", "region_loss"}),
    "colorization": frozenset({"color_loss"}),
}
# Set by the budget, the space or the sweep, never by the `search` and `fixed` parts of a file.
NOT_KNOBS = frozenset({"task", "model", "epochs", "patience", "patience_metric", "metrics", "seed"})


CHANGES = ("flip", "vertical_flip", "shift", "zoom", "crop", "rotate", "spin", "color", "blur", "noise", "erase")
_PATTERN = f"^(none|({'|'.join(('all', *CHANGES))})([+]({'|'.join(('all', *CHANGES))}))*)$"  # for editors
_OF_INPUTS_ALONE = frozenset({"blur", "noise", "erase"})


def changes_of(augmentation: str) -> tuple[str, ...]:
    """What an augmentation changes: `flip+shift` is two changes; `all` is the word of earlier versions for three."""
    return () if augmentation == "none" else tuple(augmentation.replace("all", "flip+rotate+crop").split("+"))


def _known_changes(augmentation: str) -> str:
    changes = changes_of(augmentation)
    unknown = [one for one in changes if one not in CHANGES]
    if unknown or len(set(changes)) < len(changes):
        raise ValueError(f"none, or some of {', '.join(CHANGES)}, once each, joined by +")
    return augmentation


def _known_model(name: str) -> str:
    if name not in MODELS:
        if ":" in name:
            raise ValueError("a network of somebody's own, whose code is not loaded here")
        raise ValueError(f"no such network; networks: {', '.join(MODELS)}")
    return name


def with_current_names(values: Mapping[str, Any]) -> dict[str, Any]:
    """Knobs and the model of a configuration under the names that they have today.

    Raises:
        ConfigError: a knob is there under both its names.
    """
    for old, new in RENAMED_KNOBS.items():
        if old in values and new in values:
            raise ConfigError(f"{old}: is the earlier name of {new}, which is there as well; keep {new}")
    renamed = {RENAMED_KNOBS.get(name, name): value for name, value in values.items()}
    if isinstance(renamed.get("model"), str):
        renamed["model"] = _current_model(renamed["model"])
    return renamed


def _current_model(name: str) -> str:
    """A row that somebody gave an earlier name to counts: their network is not ours of that time."""
    return name if name in MODELS else RENAMED_MODELS.get(name, name)


def _with_defaults(values: dict[str, Any]) -> dict[str, Any]:
    model = values.get("model")
    return {**MODELS[model].defaults, **values} if isinstance(model, str) and model in MODELS else values


class TrialConfig(PlainValues):
    """One training run. Frozen and hashable: equal configurations on equal data are the same trial."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _current_names(cls, values: Any) -> Any:
        try:
            return _with_defaults(with_current_names(values)) if isinstance(values, Mapping) else values
        except ConfigError as error:
            raise ValueError(str(error)) from None  # so that pydantic says where, as of any other value

    task: TaskName = "segmentation"
    model: Annotated[str, AfterValidator(_known_model)] = "unet"
    seed: Annotated[int, Field(ge=0, description="seed of initialization, batch order, augmentation and dropout")] = 0
    epochs: Annotated[int, Field(ge=1, description="passes over the training split at most (epochs)")] = 9
    patience: Annotated[
        int | None, Field(ge=1, description="epochs without a better objective after which the run stops early")
    ] = None
    patience_metric: Annotated[
        str | None, Field(description="metric that patience goes by; null: the objective, which chooses the best epoch")
    ] = None

    metrics: Annotated[
        tuple[OwnMetric, ...], Field(description="metrics of somebody's own, measured beside those of the task")
    ] = ()

    batch_size: Annotated[int, Field(ge=1, le=4096, description="images per optimizer step")] = 8
    optimizer: Annotated[
        Literal["sgd", "adam", "adamw"],
        Field(description="update rule; sgd uses momentum, adamw decouples the weight decay"),
    ] = "adam"
    lr: Annotated[float, Field(gt=0, le=10, description="largest learning rate of the schedule")] = 1e-3
    momentum: Annotated[
        float, Field(ge=0, lt=1, description="share of the last steps that is kept; of adam, beta 1")
    ] = 0.9
    weight_decay: Annotated[float, Field(ge=0, le=1, description="pull of the weights towards zero")] = 0.0
    scheduler: Annotated[
        Literal["none", "step", "multistep", "linear", "cosine", "one_cycle"],
        Field(description="how the rate changes: between epochs (step, multistep), or with each step (the others)"),
    ] = "none"
    step_size: Annotated[int, Field(ge=1, description="epochs between two falls of the step schedule")] = 3
    gamma: Annotated[float, Field(gt=0, le=1, description="factor of each fall (step, multistep)")] = 0.1
    milestones: Annotated[
        tuple[Annotated[float, Field(gt=0, lt=1)], ...],
        Field(min_length=1, description="when the multistep schedule falls, as shares of the run"),
    ] = (0.5, 0.75)
    warmup_epochs: Annotated[
        int | float, Field(ge=0, description="epochs, or a part of one, in which the rate first rises to lr")
    ] = 0
    peak_share: Annotated[
        float, Field(gt=0, lt=1, description="share of the run after which one_cycle has risen to lr")
    ] = 0.3
    final_share: Annotated[
        float, Field(ge=0, le=1, description="where linear, cosine and one_cycle end, as a share of lr")
    ] = 0.0
    gradient_clip: Annotated[
        float | None, Field(gt=0, description="largest norm of a step's gradient; null: as large as it is")
    ] = None
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"],
        Field(description="numbers that a training step computes with; auto: bfloat16 where the hardware has it"),
    ] = "auto"
    deterministic: Annotated[
        bool,
        Field(description="a GPU convolves in ways that repeat; false: in the fastest of its ways, which it measures"),
    ] = True
    compile: Annotated[
        bool, Field(description="torch.compile makes programs of the training steps first, which each trial waits for")
    ] = False
    weight_average: Annotated[
        Literal["none", "ema", "swa"],
        Field(description="average of the weights beside them: exponential, or even over the last quarter of the run"),
    ] = "none"
    augmentation: Annotated[
        str,
        AfterValidator(_known_changes),
        Field(
            description="random changes of each training image, a mask with its image, joined by +",
            json_schema_extra={"pattern": _PATTERN, "examples": [f"none, or some of {', '.join(CHANGES)}"]},
        ),
    ] = "none"
    augmentation_strength: Annotated[
        float, Field(ge=0, le=1, description="how far each of the changes goes, from not at all to as far as sensible")
    ] = 0.5
    augmentation_copies: Annotated[
        int,
        Field(
            ge=1,
            le=20,
            description="how often an epoch goes through the training images, each time changed anew, at as much cost",
        ),
    ] = 1
    mixing: Annotated[
        Literal["none", "mixup", "cutmix"],
        Field(description="blend each training image and its label with another's, or paste a part of it"),
    ] = "none"
    class_weights: Annotated[
        Literal["none", "inverse", "median", "effective"],
        Field(description="weight of each class in the loss: equal, inverse or median frequency, effective number"),
    ] = "none"
    label_smoothing: Annotated[float, Field(ge=0, lt=1, description="share of the truth spread over all classes")] = 0.0
    region_loss: Annotated[
        Literal["none", "dice", "tversky"],
        Field(description="overlap of whole regions beside the cross-entropy; tversky minds missed pixels more"),
    ] = "none"
    color_loss: Annotated[
        Literal["l1", "l2", "cross_entropy", "binary_cross_entropy"],
        Field(description="distance of colours, or cross-entropy: over 64 quantised ones, or of each channel"),
    ] = "l2"

    width: Annotated[int, Field(ge=4, le=256, description="channels of the first level; deeper ones double it")] = 16
    stem_stride: Annotated[
        Literal[1, 2, 4],
        Field(description="how much smaller ResNet's first layers make an image: 4 in the paper; less for small ones"),
    ] = 4
    levels: Annotated[int, Field(ge=2, le=6, description="resolutions of the U-Net, the bottom one included")] = 4
    skip: Annotated[bool, Field(description="skip connections from encoder to decoder")] = True
    activation: Annotated[Literal["relu", "leaky_relu"], Field(description="what stands between the layers")] = "relu"
    initialization: Annotated[
        Literal["default", "xavier"], Field(description="how the weights start: torch's way, or Xavier uniform")
    ] = "default"
    head: Annotated[
        Literal["bilinear", "transposed"],
        Field(description="FCN's way up: two 1x1 convolutions and interpolation, or one 32x32 transposed convolution"),
    ] = "bilinear"
    dropout: Annotated[float, Field(ge=0, lt=1, description="share of the deepest features dropped in training")] = 0.0
    backbone: Annotated[
        str,
        Field(
            min_length=1,
            description="weights the trunk starts from: imagenet, random, a .pth file, or sweep:NAME",
            json_schema_extra={"examples": ["imagenet, random, FILE.pth, sweep:NAME"]},
        ),
    ] = "imagenet"
    frozen: Annotated[bool, Field(description="leave the trunk as it came, and train what follows alone")] = True

    @model_validator(mode="after")
    def _patience_metric_is_measured(self) -> TrialConfig:
        known = modes_of(self.task, self.metrics)
        if self.patience_metric is not None and self.patience_metric not in known:
            raise ValueError(f"patience_metric: {self.patience_metric!r} is not reported; known: {', '.join(known)}")
        return self

    @model_validator(mode="after")
    def _target_stays(self) -> TrialConfig:
        spoiled = sorted(_OF_INPUTS_ALONE & set(changes_of(self.augmentation)))
        if self.task == "colorization" and spoiled:
            raise ValueError(f"augmentation: {', '.join(spoiled)} would spoil the image, which is the target here")
        return self


def run_class(model: object) -> type[TrialConfig]:
    """What checks a run of a network: TrialConfig, with the knobs of a network of somebody's own among its fields."""
    row = MODELS.get(model) if isinstance(model, str) else None
    return TrialConfig if row is None or row.config is None else _with_knobs_of(row.config)


@cache
def _with_knobs_of(own: type[BaseModel]) -> type[TrialConfig]:
    def own_rules(run: TrialConfig) -> TrialConfig:
        try:
            own.model_validate({name: getattr(run, name) for name in own.model_fields})
        except ValidationError as error:
            raise ValueError(complaint(error)) from None
        return run

    fields: dict[str, Any] = {name: (field.annotation, field) for name, field in own.model_fields.items()}
    rules: dict[str, Any] = {"own_rules": model_validator(mode="after")(own_rules)}
    return create_model("TrialConfig", __base__=TrialConfig, __validators__=rules, **fields)


def knobs_of(task: str, model: str) -> list[str]:
    """The knobs that a training run of this model at this task understands, in the order of their definition.

    Raises:
        ConfigError: there is no such model, or it does not serve the task.
    """
    if model not in MODELS or not serves(task, MODELS[model].tasks):
        raise ConfigError(f"model: no network {model!r} for {task}. Networks: {', '.join(models_for(task))}")
    of_other_models = frozenset().union(*(row.knobs for row in MODELS.values())) - MODELS[model].knobs
    of_other_tasks = frozenset().union(*TASK_KNOBS.values()) - TASK_KNOBS.get(task, frozenset())
    hidden = NOT_KNOBS | of_other_models | of_other_tasks
    return [name for name in run_class(model).model_fields if name not in hidden]


def models_for(task: str) -> list[str]:
    """The networks that serve a task."""
    return [name for name, model in MODELS.items() if serves(task, model.tasks)]


def describe(knob: str, model: str) -> str:
    """What a knob of a model is, in one line."""
    return " ".join((run_class(model).model_fields[knob].description or "").split())


def is_open_ended(config: Mapping[str, Any]) -> bool:
    """Whether the first epochs of a run are the same however many it is given: neither its schedule nor its weight
    average depends on their number (schedule.py, weight_average.py)."""
    return config.get("scheduler", "none") in ("none", "step") and config.get("weight_average", "none") == "none"


def bound_of(knob: str, model: str, end: Literal["lower", "upper"]) -> tuple[float | None, bool]:
    """How far a numeric knob of a model goes at one end, and whether it may not reach that value itself; None: without
    bound, or of a network whose code is not loaded here."""
    closed, is_open = ("le", "lt") if end == "upper" else ("ge", "gt")
    field: FieldInfo | None = run_class(model).model_fields.get(knob)
    for rule in field.metadata if field else ():
        for name in (closed, is_open):
            if (bound := getattr(rule, name, None)) is not None:
                return float(bound), name == is_open
    return None, False


def default_of(knob: str, model: str) -> Any:
    """The value that a knob of a model has where a search-space file gives none.

    None for one that is not known here: a record of a newer version may have one, and so may a network of somebody's
    own whose code is not loaded; the defaults of such a one stand in the record.
    """
    field, row = TrialConfig.model_fields.get(knob), MODELS.get(model)
    default = field.default if field else None
    return row.defaults.get(knob, default) if row else default


def parse(values: dict[str, Any]) -> TrialConfig:
    """A checked configuration.

    Raises:
        ConfigError: a knob is unknown or out of its range; the text names knob, value and rule.
    """
    values = with_current_names(values)
    try:
        return run_class(values.get("model"))(**values)
    except ValidationError as error:
        raise ConfigError(complaint(error)) from None


def complaint(error: ValidationError) -> str:
    """The first thing that pydantic refuses, in one line: knob, rule, and the value seen."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return f"{where}: {message}, got {first['input']!r}" if where else message
