"""Optimizers and learning-rate schedules of a configuration."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    CosineAnnealingLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    StepLR,
)

from cnnmodels.config import TrialConfig


def make_optimizer(config: TrialConfig, parameters: Iterable[nn.Parameter]) -> Optimizer:
    """The optimizer of a configuration; weight decay acts on all parameters, as it does in torch."""
    match config.optimizer:
        case "sgd":
            return SGD(parameters, lr=config.lr, momentum=config.momentum, weight_decay=config.weight_decay)
        case "adam":
            return Adam(parameters, lr=config.lr, weight_decay=config.weight_decay)
        case "adamw":
            return AdamW(parameters, lr=config.lr, weight_decay=config.weight_decay)


def make_schedule(config: TrialConfig, optimizer: Optimizer) -> LRScheduler:
    """The learning-rate schedule, to be stepped once after each epoch, behind a linear warm-up if there is one.

    `linear` and `cosine` would reach 0 after the last epoch, so that even the last one trains. Cosine: Loshchilov and
    Hutter 2017, "SGDR", equation 5, without restarts.
    """
    schedule = _falling(config, optimizer)
    if not config.warmup_epochs:
        return schedule
    first = 1 / (config.warmup_epochs + 1)
    warmup = LinearLR(optimizer, start_factor=first, end_factor=1.0, total_iters=config.warmup_epochs)
    return ChainedScheduler([warmup, schedule])


def _falling(config: TrialConfig, optimizer: Optimizer) -> LRScheduler:
    match config.scheduler:
        case "none":
            return LambdaLR(optimizer, _constant)
        case "step":
            return StepLR(optimizer, step_size=config.step_size, gamma=config.gamma)
        case "multistep":
            falls = sorted({max(1, round(share * config.epochs)) for share in config.milestones})
            return MultiStepLR(optimizer, milestones=falls, gamma=config.gamma)
        case "linear":
            return LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=config.epochs)
        case "cosine":
            return CosineAnnealingLR(optimizer, T_max=config.epochs)


def _constant(epoch: int) -> float:
    return 1.0
