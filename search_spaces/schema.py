"""SearchSpace: what a search-space file may hold, checked as a whole. Knows no files and no Optuna."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_serializer,
    field_validator,
    model_validator,
)

from cnnmodels import config as knobs
from cnnmodels.config import TrialConfig, with_current_names
from cnnmodels.data.spec import DataSpec
from cnnmodels.errors import ConfigError
from cnnmodels.metric_table import OF_A_CLASS, Mode, OwnMetric, modes_of
from cnnmodels.own.code import OwnCode, code_of
from cnnmodels.plain_values import PlainValues
from cnnmodels.task_table import is_own, known_task
from search_spaces.budget import Budget
from search_spaces.constraints import PATTERN, Constraint, constraint
from search_spaces.parameters import AnyParameter, Parameter


class _Part(PlainValues):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Objective(_Part):
    """The number that a sweep makes as large or as small as it can."""

    metric: str = Field(description="a metric that the task reports")
    mode: Literal["min", "max"] = Field(description="which direction is better")


class Resources(_Part):
    """What one trial gets."""

    cpus: int = Field(1, ge=1, description="CPU cores, and threads, of a trial")
    gpus: Literal["auto"] | float = Field(
        "auto", description="GPUs of a trial, a fraction to share one; auto: a whole one where there is any, else none"
    )

    @field_validator("gpus")
    @classmethod
    def _whole_or_a_share(cls, gpus: str | float) -> str | float:
        if not isinstance(gpus, str) and not (gpus >= 0 and (gpus <= 1 or float(gpus).is_integer())):
            raise ValueError("must be whole or at most 1")
        return gpus


class Reference(BaseModel):
    """A published result to stand beside ours: where from, of what, and its metrics by our names."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, float] = Field(init=False)

    source: str = Field(description="the study")
    label: str = Field(description="the system")
    images: str | None = Field(
        None, description="the set that it is of, by its name in the layout of such a folder (VOC2007)"
    )

    @property
    def metrics(self) -> dict[str, float]:
        """What was published, by our names."""
        return dict(self.__pydantic_extra__)


def document_with_current_names(document: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a space file with the names that knobs and models have today.

    Raises:
        ConfigError: a knob is there under both its names; the text begins with the part of the file.
    """
    model = {"model": document["model"]} if "model" in document else {}
    document = {**document, **with_current_names(model)}
    for part in ("fixed", "search"):
        document = _renamed_below(document, part, part)
    if isinstance(document.get("search"), dict):
        document["search"] = {
            name: _renamed_below(given, "when", f"search.{name}.when") if isinstance(given, dict) else given
            for name, given in document["search"].items()
        }
    return document


def _renamed_below(document: dict[str, Any], key: str, place: str) -> dict[str, Any]:
    if not isinstance(document.get(key), dict):
        return document
    try:
        return {**document, key: with_current_names(document[key])}
    except ConfigError as error:
        raise ConfigError(f"{place}.{error}") from None


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


def _known_or_own(task: str) -> str:
    return task if is_own(task) else known_task(task)


def _as_metrics(value: Any) -> Any:
    return [{"name": name, **one} for name, one in value.items()] if isinstance(value, dict) else value


def _as_constraint(text: str) -> str:
    return str(constraint(text))


class SearchSpace(_Part):
    """A search-space file, checked: every knob exists, every value is one that a training run accepts."""

    @model_validator(mode="before")
    @classmethod
    def _current_names(cls, document: Any) -> Any:
        try:
            return document_with_current_names(document) if isinstance(document, Mapping) else document
        except ConfigError as error:
            raise ValueError(str(error)) from None  # so that pydantic says where, as of any other value

    name: str = Field(description="the file's name; given by the reader")
    task: Annotated[str, AfterValidator(_known_or_own)] = Field(description="what is learnt from the images")
    model: str = Field(description="the network")
    description: str = ""
    data: DataSpec
    objectives: Annotated[
        tuple[Objective, ...],
        BeforeValidator(_as_list, json_schema_input_type=Objective | list[Objective]),
        Field(alias="objective", min_length=1, max_length=2, description="one metric, or a list of two to trade off"),
    ]
    metrics: Annotated[tuple[OwnMetric, ...], BeforeValidator(_as_metrics, json_schema_input_type=dict[str, Any])] = (
        Field((), description="metrics of your own, by name: {val_boundary_f1: mypackage.metrics:BoundaryF1}")
    )
    constraints: tuple[
        Annotated[str, AfterValidator(_as_constraint), Field(json_schema_extra={"pattern": PATTERN})], ...
    ] = Field((), description="what a trial must keep to, to be the best: a metric, <= or >=, and a number")
    fixed: dict[str, Any] = Field(default_factory=dict, description="knobs that every trial shares")
    search: dict[str, AnyParameter] = Field(description="knobs that vary")
    named: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_ -]{0,30}$")], dict[str, Any]] = Field(
        default_factory=dict,
        description="configurations that are tried right behind the default, by name; what one leaves out is as there",
    )
    budget: Budget = Field(default_factory=lambda: Budget.model_validate({}))
    resources: Resources = Field(default_factory=lambda: Resources.model_validate({}))
    reference: list[Reference] = Field(default_factory=list, description="published results, for orientation")

    @field_serializer("objectives")
    def _as_written(self, objectives: tuple[Objective, ...]) -> Objective | list[Objective]:
        return objectives[0] if len(objectives) == 1 else list(objectives)

    @field_serializer("metrics")
    def _by_name(self, metrics: tuple[OwnMetric, ...]) -> dict[str, Any]:
        return {metric.name: metric.model_dump(exclude={"name"}) for metric in metrics}

    @property
    def own_code(self) -> OwnCode | None:
        """The code of somebody's own that it names, which this process has imported; None where all is ours.

        Raises:
            ConfigError: it lies in several folders.
        """
        of_data = () if self.data.source is None else (self.data.source,)
        return code_of(self.model, self.task, (*of_data, *(metric.of for metric in self.metrics)))

    @property
    def modes(self) -> dict[str, Mode]:
        """Every metric that a trial reports, but those of single classes, with the direction that is better."""
        return modes_of(self.task, self.metrics)

    def asks_for(self, metric: str) -> bool:
        """Whether an objective or a constraint is of this metric."""
        return metric in {one.metric for one in self.objectives} | {one.metric for one in self.limits}

    def reports(self, metric: str) -> bool:
        """Whether a trial may have a metric of this name; of a class, whether there is such a one is not known here."""
        return metric in self.modes or (self.task == "segmentation" and metric.startswith(OF_A_CLASS))

    @property
    def limits(self) -> tuple[Constraint, ...]:
        """The constraints, read."""
        return tuple(map(constraint, self.constraints))

    @property
    def objective(self) -> Objective:
        """The metric that trials are ranked by; the first of two."""
        return self.objectives[0]

    def configurations(self) -> Iterator[dict[str, Any]]:
        """Every combination of searched knobs in effect, of a space in which all are finite."""
        for values in _combinations(self.ordered(), dict(self.fixed)):
            yield {name: value for name, value in values.items() if name in self.search}

    def different_configurations(self, most: int) -> int:
        """How many configurations there are; `most` where there are more, or no end of them."""
        return len(list(itertools.islice(self.configurations(), most))) if self.is_finite() else most

    def is_finite(self) -> bool:
        return all(parameter.values() is not None for parameter in self.search.values())

    def ordered(self) -> list[tuple[str, Parameter]]:
        """The searched knobs, each behind the knobs that its condition names."""
        placed: dict[str, Parameter] = {}
        waiting = dict(self.search)
        while waiting:
            ready = next((name for name in waiting if not any(knob in waiting for knob in waiting[name].when)), None)
            if ready is None:
                raise ValueError(f"search: the conditions of {', '.join(sorted(waiting))} go round in a circle")
            placed[ready] = waiting.pop(ready)
        return list(placed.items())

    def default(self) -> dict[str, Any]:
        """The knobs of the first trial, those not in effect left out."""
        values = dict(self.fixed)
        for name, parameter in self.ordered():
            if parameter.holds(values):
                values[name] = self.default_of(name)
        return {name: value for name, value in values.items() if name in self.search}

    def first_trials(self) -> dict[str, dict[str, Any]]:
        """The configurations that a sweep begins with, by name: the default, then those under `named`.

        One of them whose values the space no longer holds, or that is the same as one before it, is left out.
        """
        found = {"default": self.default()}
        for name, values in self.named.items():
            wanted = {**self.fixed, **self.default(), **{knob: values[knob] for knob in values if knob in self.search}}
            chosen = dict(self.fixed)
            for knob, parameter in self.ordered():
                if parameter.holds(chosen):
                    chosen[knob] = wanted.get(knob, self.default_of(knob))
            searched = {knob: chosen[knob] for knob in self.search if knob in chosen}
            held = all(self.search[knob].contains(value) for knob, value in searched.items())
            if held and searched not in found.values():
                found[name] = searched
        return found

    def default_of(self, name: str) -> Any:
        given = self.search[name].default
        default = knobs.default_of(name, self.model) if given is None else given
        return list(default) if isinstance(default, tuple) else default  # as YAML and JSON have it

    def in_effect(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The searched knobs of a whole configuration that are in effect in it, those that it lacks left out."""
        values = dict(self.fixed)
        for name, parameter in self.ordered():
            if name in config and parameter.holds(values):
                values[name] = config[name]
        return {name: values[name] for name in self.search if name in values}

    def as_written(self) -> dict[str, Any]:
        """The space as plain JSON, which `model_validate` reads back to an equal space."""
        document = self.model_dump(mode="json", by_alias=True)
        document["search"] = {
            name: parameter.model_dump(mode="json", exclude_defaults=True) for name, parameter in self.search.items()
        }
        return document

    def trial_config(self, values: dict[str, Any], seed: int) -> TrialConfig:
        """The training run of one choice of searched knobs; those not in effect have their plain default."""
        return knobs.parse(
            {
                "task": self.task,
                "model": self.model,
                "seed": seed,
                "epochs": self.budget.max_epochs,
                "patience": self.budget.patience,
                "patience_metric": self.budget.patience_metric,
                "metrics": self.metrics,
                **self.fixed,
                **values,
            }
        )


def _combinations(left: list[tuple[str, Parameter]], chosen: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not left:
        yield chosen
        return
    (name, parameter), rest = left[0], left[1:]
    for value in (parameter.values() or []) if parameter.holds(chosen) else [None]:
        yield from _combinations(rest, chosen if value is None else {**chosen, name: value})
