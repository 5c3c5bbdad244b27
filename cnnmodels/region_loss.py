"""Losses over whole regions, for classes of few pixels."""

from __future__ import annotations

import torch
from torch import Tensor

from cnnmodels.data.image_data import VOID

# What a false positive and a missed pixel count; Dice is the even case.
_COSTS = {"dice": (0.5, 0.5), "tversky": (0.3, 0.7)}


def region_loss(logits: Tensor, labels: Tensor, kind: str) -> Tensor:
    """One minus the mean overlap of the classes that occur in a batch, a scalar from 0 to 1.

    Args:
        logits: [batch, classes, height, width].
        labels: class numbers [batch, height, width], int64; VOID does not count.
        kind: `dice` or `tversky`.

    Source: Milletari et al. 2016, "V-Net", section 3, over the batch as one image; Salehi et al. 2017, "Tversky loss
    function for image segmentation", with its best pair of costs.
    """
    counted = (labels != VOID).unsqueeze(1)
    shares = logits.float().softmax(1) * counted
    classes = torch.arange(logits.shape[1], device=logits.device).view(1, -1, 1, 1)
    truth = (labels.unsqueeze(1) == classes) & counted  # torch's one_hot would look at all labels first
    hits, guessed, true = ((one).sum((0, 2, 3)) for one in (shares * truth, shares, truth))
    false_cost, missed_cost = _COSTS[kind]
    overlaps = hits / (hits + false_cost * (guessed - hits) + missed_cost * (true - hits)).clamp(min=1e-6)
    occurs = true > 0
    losses = (1 - overlaps).masked_fill(~occurs, 0).sum()
    return losses / occurs.sum().clamp(min=1)  # none occurs where all is void
