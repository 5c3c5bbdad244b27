"""The learning rate at each optimizer step, as a pure function of the step. Knows no torch.

A resumed run needs no state of it, and a test can draw a whole schedule.
"""

from __future__ import annotations

import math

from cnnmodels.config import TrialConfig

_FIRST_OF_ONE_CYCLE = 1 / 25  # of the rate, at the first step


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
    "Super-Convergence", in the form of torch's OneCycleLR with cosine annealing, but for the momentum, which stays.
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
            peak = max(1, round(config.peak_share * total))
            if step < peak:
                factor = _cosine(_FIRST_OF_ONE_CYCLE, 1.0, step / peak)
            else:
                factor = _cosine(1.0, config.final_share, _part(step, peak, total))
    return config.lr * risen * factor


def _part(step: int, first: int, total: int) -> float:
    """How much of the way from the first step to the end lies behind, from 0 to 1."""
    return max(0, step - first) / max(1, total - first)


def _cosine(start: float, end: float, part: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * part)) / 2
