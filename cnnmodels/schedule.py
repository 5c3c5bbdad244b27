"""The learning rate and the momentum at each optimizer step, as a pure function of the step. Knows no torch.

A resumed run needs no state of it, and a test can draw a whole schedule.
"""

from __future__ import annotations

import math

from cnnmodels.config import TrialConfig

_FIRST_OF_ONE_CYCLE = 1 / 25  # of the rate, at the first step
_MOMENTUM_REACH = 0.05  # up and down from the momentum
_MAX_MOMENTUM = 0.99


def rate_at(config: TrialConfig, step: int, steps_per_epoch: int) -> float:
    """The learning rate of one step.

    `step` and `multistep` fall between epochs, as the studies had them; `linear`, `cosine` and `one_cycle` change with
    each step, and would reach `final_share` of the rate one step after the last. Before them, the rate rises evenly
    over `warmup_epochs`; linear and cosine begin to fall behind that.

    Args:
        config: names the schedule and its knobs.
        step: from 0, over all epochs.
        steps_per_epoch: at least 1.

    Source: cosine: Loshchilov and Hutter 2017, "SGDR", equation 5, without restarts. One cycle: Smith and Topin 2018,
    "Super-Convergence", in the form of torch's OneCycleLR with cosine annealing.
    """
    total, warmup = config.epochs * steps_per_epoch, round(config.warmup_epochs * steps_per_epoch)
    risen = min(1.0, (step + 1) / warmup) if warmup else 1.0
    match config.scheduler:
        case "none":
            factor = 1.0
        case "step":
            factor = config.gamma ** (step // steps_per_epoch // config.step_size)
        case "multistep":
            falls = {max(1, round(share * config.epochs)) for share in config.milestones}
            factor = config.gamma ** sum(step // steps_per_epoch >= fall for fall in falls)
        case "linear":
            factor = 1 - (1 - config.final_share) * _part(step, warmup, total)
        case "cosine":
            factor = _cosine(1.0, config.final_share, _part(step, warmup, total))
        case "one_cycle":
            factor = _one_cycle(config, step, total, _FIRST_OF_ONE_CYCLE, 1.0, config.final_share)
    return config.lr * risen * factor


def momentum_at(config: TrialConfig, step: int, steps_per_epoch: int) -> float:
    """The share of the last step that SGD keeps, or Adam's first beta, at one step.

    It is constant, but for `one_cycle`, in which it falls while the rate rises and rises while the rate falls.

    Args:
        config: names the schedule and its knobs.
        step: from 0, over all epochs.
        steps_per_epoch: at least 1.

    Source: Smith 2018, "A disciplined approach to neural network hyper-parameters: Part 1", section 4.3; the reach is
    that of torch's OneCycleLR.
    """
    if config.scheduler != "one_cycle":
        return config.momentum
    most, least = min(config.momentum + _MOMENTUM_REACH, _MAX_MOMENTUM), max(config.momentum - _MOMENTUM_REACH, 0.0)
    return _one_cycle(config, step, config.epochs * steps_per_epoch, most, least, most)


def _one_cycle(config: TrialConfig, step: int, total: int, first: float, peak: float, last: float) -> float:
    turn = max(1, round(config.peak_share * total))
    if step < turn:
        return _cosine(first, peak, step / turn)
    return _cosine(peak, last, _part(step, turn, total))


def _part(step: int, first: int, total: int) -> float:
    """How much of the way from the first step to the end lies behind, from 0 to 1."""
    return max(0, step - first) / max(1, total - first)


def _cosine(start: float, end: float, part: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * part)) / 2
