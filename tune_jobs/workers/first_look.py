"""The first look at a sweep's images, by the worker of its first trial before it trains: what doing nothing gives, and
whether the default configuration can learn from them at all.

It is looked here since a worker has torch, the images and a device at hand, and the driver has none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tune_jobs.search.messages import PREFLIGHT, NoteMessage, TrialMessage, YardsticksMessage

if TYPE_CHECKING:
    from cnnmodels.config import TrialConfig
    from cnnmodels.data import ImageData


def first_look(
    trial: str, config: TrialConfig, data: ImageData, device: str, *, with_preflight: bool
) -> Iterator[TrialMessage]:
    """What there is to say of the images before anything is trained; whatever goes wrong in it is only noted."""
    import torch

    from cnnmodels.preflight import preflight
    from cnnmodels.yardsticks import yardsticks

    try:
        found = yardsticks(config, data, torch.device(device))
        yield YardsticksMessage(trial, {one.name: one.metrics for one in found})
    except Exception as error:  # the trial itself will say so, if it is more than this
        yield NoteMessage(trial, f"what doing nothing gives could not be measured: {type(error).__name__}: {error}")
    if not with_preflight:
        return
    try:
        for finding in preflight(config, data, torch.device(device)):
            yield NoteMessage(trial, f"{PREFLIGHT}{finding.text}")
    except Exception as error:
        yield NoteMessage(trial, f"no pre-flight: {type(error).__name__}: {error}")
