"""OwnMetrics: what somebody's own metrics count over a validation, beside the task's."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from cnnmodels.errors import ConfigError
from cnnmodels.metric_table import OwnMetric
from cnnmodels.own.importing import imported

if TYPE_CHECKING:
    from torchmetrics import Metric


class OwnMetrics:
    """Metrics on one device, forgotten and counted anew with each validation.

    Args:
        metrics: as the configuration names them.
        given: what a metric is called with where it has a parameter of the name, such as `num_classes`.
        device: where they count.
    """

    def __init__(self, metrics: Sequence[OwnMetric], given: dict[str, Any], device: torch.device) -> None:
        self._metrics = {one.name: _made(one, given).to(device) for one in metrics}

    def start(self) -> None:
        """Forget what was counted."""
        for metric in self._metrics.values():
            metric.reset()

    def count(self, answers: Tensor, truth: Tensor) -> None:
        """Take a batch into account: what a network says (Task.answers), and what is true (Task.truth)."""
        for metric in self._metrics.values():
            metric.update(answers, truth)

    def values(self) -> dict[str, float]:
        """What was counted since the start; a metric whose value is not finite has none.

        Raises:
            ConfigError: one gives more than one number.
        """
        found = {name: _number(name, metric.compute()) for name, metric in self._metrics.items()}
        return {name: value for name, value in found.items() if math.isfinite(value)}

    def __bool__(self) -> bool:
        return bool(self._metrics)


def _made(metric: OwnMetric, given: dict[str, Any]) -> Metric:
    found = imported(metric.of, ())
    taken = inspect.signature(found).parameters
    made = found(**{name: value for name, value in given.items() if name in taken})
    if not all(callable(getattr(made, verb, None)) for verb in ("update", "compute", "reset", "to")):
        raise ConfigError(f"{metric.name}: {metric.of} gives {type(made).__name__}, which is no torchmetrics.Metric")
    return made


def _number(name: str, value: Any) -> float:
    if isinstance(value, Tensor) and value.numel() == 1:
        return float(value)
    if isinstance(value, int | float):
        return float(value)
    shape = f"a tensor of shape {list(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
    raise ConfigError(f"{name}: its compute() gives {shape}; give one number")
