"""Optimizers of a configuration."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable

import torch
from torch import nn
from torch.optim import Optimizer

from cnnmodels.config import TrialConfig


def _bare(kind: type[Optimizer]) -> Callable[..., Optimizer]:
    """The same update rule without what surrounds it for the compiler of torch, which is imported there by the first
    optimizer of a process and keeps it waiting for more than a second."""
    wrapped = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")
    bare = {name: inspect.unwrap(getattr(kind, name)) for name in wrapped}
    return type(kind.__name__, (kind,), {**bare, "step": torch.no_grad()(inspect.unwrap(kind.step))})


SGD, Adam, AdamW = (_bare(kind) for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW))


def make_optimizer(config: TrialConfig, parameters: Iterable[nn.Parameter], *, decay_all: bool = False) -> Optimizer:
    """The optimizer of a configuration, in two groups: weights, and biases and norms, which are not decayed. A step is
    one pass over all of them (`fused`), on a CPU too.

    Args:
        config: names the update rule and its knobs.
        parameters: of the network, those that are trained.
        decay_all: one group, all of it decayed, as in runs that began before there were two.

    Source: He et al. 2019, "Bag of Tricks for Image Classification with Convolutional Neural Networks", section 3.1;
    SGD steps with Nesterov's momentum.
    """
    parameters = list(parameters)
    weights = [one for one in parameters if one.ndim > 1 or decay_all]
    others = [one for one in parameters if one.ndim <= 1 and not decay_all]
    groups = [{"params": weights, "weight_decay": config.weight_decay}]
    if not decay_all:
        groups.append({"params": others, "weight_decay": 0.0})
    match config.optimizer:
        case "sgd":
            return SGD(groups, lr=config.lr, momentum=config.momentum, nesterov=config.momentum > 0, fused=True)
        case "adam":
            return Adam(groups, lr=config.lr, fused=True)
        case "adamw":
            return AdamW(groups, lr=config.lr, fused=True)


def set_step(optimizer: Optimizer, rate: float, momentum: float) -> None:
    """Let the next step have this learning rate, and keep this share of the steps before it."""
    for group in optimizer.param_groups:
        group["lr"] = rate
        if "betas" in group:
            group["betas"] = (momentum, group["betas"][1])
        else:
            group["momentum"] = momentum
