"""What is known of a trial before it is trained, where a constraint asks for it. A worker looks, since it has torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from search_spaces.constraints import constraint, failing

if TYPE_CHECKING:
    from cnnmodels.config import TrialConfig
    from cnnmodels.data import ImageData

_KNOWN = "parameters"


def infeasible_before(config: TrialConfig, data: ImageData, constraints: Sequence[str]) -> dict[str, float] | None:
    """The metrics by which a configuration fails a constraint though it is not trained; None where it does not.

    Only the size of its network is known. One of ours is counted without being made.
    """
    limits = [one for one in map(constraint, constraints) if one.metric == _KNOWN]
    if not limits:
        return None
    import torch

    from cnnmodels.networks import parameters_of
    from cnnmodels.tasks import make_task

    metrics = {_KNOWN: float(parameters_of(config, make_task(config, data, torch.device("cpu")).outputs))}
    return metrics if failing(limits, metrics) else None
