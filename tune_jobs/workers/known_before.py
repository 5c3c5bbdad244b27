"""What is known of a trial before it is trained, where a constraint asks for it. A worker looks, since it has torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnnmodels.metric_table import LATENCY
from search_spaces.constraints import constraint, failing

if TYPE_CHECKING:
    from cnnmodels.checkpoint import Checkpoint
    from cnnmodels.config import TrialConfig
    from cnnmodels.data import ImageData
    from cnnmodels.turns import Turns

_PARAMETERS = "parameters"


def measured_before(
    config: TrialConfig, data: ImageData, device: str, resume: Checkpoint | None, turns: Turns
) -> dict[str, float]:
    """The latency of a sweep that asks for it: that of its first epochs where there were some, else measured alone."""
    import torch

    from cnnmodels.latency import latency_ms

    before = resume.history[-1].get(LATENCY) if resume is not None and resume.history else None
    return {LATENCY: latency_ms(config, data, torch.device(device), turns) if before is None else before}


def infeasible_before(
    config: TrialConfig, data: ImageData, constraints: Sequence[str], measured: Mapping[str, float]
) -> dict[str, float] | None:
    """The metrics by which a configuration fails a constraint though it is not trained; None where it does not.

    Only the size of its network is known, and what was measured. A network of ours is counted without being made.
    """
    limits = [one for one in map(constraint, constraints) if one.metric in (_PARAMETERS, *measured)]
    if not limits:
        return None
    if failing(limits, {**measured, _PARAMETERS: 0.0}):
        return dict(measured)
    import torch

    from cnnmodels.networks import parameters_of
    from cnnmodels.tasks import make_task

    metrics = {
        **measured,
        _PARAMETERS: float(parameters_of(config, make_task(config, data, torch.device("cpu")).outputs)),
    }
    return metrics if failing(limits, metrics) else None
