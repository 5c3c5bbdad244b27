"""A loss that somebody's own network brings: its `loss`, with which its training steps are taken."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from cnnmodels.config import TASK_KNOBS, TrialConfig
from cnnmodels.models import MODELS

OwnLoss = Callable[[Tensor, Tensor], Tensor]
_OF_DATA = frozenset({"mixing"})  # knobs of a task that any loss leaves in effect


def loss_of(network: nn.Module, config: TrialConfig) -> OwnLoss | None:
    """What takes logits and their truth (Task.truth), and gives the mean loss of a batch, a scalar; None where the
    task's own loss counts."""
    found = getattr(network, "loss", None) if MODELS[config.model].config is not None else None
    return found if callable(found) else None


def without_effect(task: str) -> frozenset[str]:
    """The knobs of a task that its own loss alone reads."""
    return TASK_KNOBS.get(task, frozenset[str]()) - _OF_DATA
