"""Weights of the classes in the loss, from how often each one occurs."""

from __future__ import annotations

import torch
from torch import Tensor

from cnnmodels.errors import DataError


def inverse_frequency_weights(class_pixels: Tensor, floor: float = 1e-3) -> Tensor:
    """Weights that make a rare class count as much as a common one.

    Args:
        class_pixels: pixels of each class in the training split, shape [classes], integer counts.
        floor: smallest share a class is treated as having, so that one with 3 pixels does not drown the rest.

    Returns:
        Weights, shape [classes], mean 1 over the classes that occur; 0 for a class that never occurs.

    Raises:
        DataError: no class occurs at all.

    Source: the weighted loss of study S4 (weights inversely proportional to class frequency).
    """
    occurs = class_pixels > 0
    if not bool(occurs.any()):
        raise DataError("the training masks hold no class at all, only void; check the labels with their image folder")
    shares = class_pixels / class_pixels.sum()
    weights = torch.where(occurs, 1 / shares.clamp(min=floor), 0.0)
    return weights / weights[occurs].mean()
