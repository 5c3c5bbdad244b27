"""Weights of the classes in the loss, from how often each one occurs."""

from __future__ import annotations

import torch
from torch import Tensor

from cnnmodels.errors import DataError


def class_weights(counts: Tensor, kind: str) -> Tensor:
    """The weights of one kind: `none`, `inverse`, `median` or `effective`.

    Args:
        counts: pixels, or images, of each class in the training split, shape [classes], integers.
        kind: how to weigh.

    Returns:
        Weights, shape [classes], mean 1 over the classes that occur; 0 for a class that never occurs.

    Raises:
        DataError: no class occurs at all.
    """
    if kind == "none":
        return torch.ones(len(counts))
    weigh = {
        "inverse": inverse_frequency_weights,
        "median": median_frequency_weights,
        "effective": effective_number_weights,
    }[kind]
    return weigh(counts).float()


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
    occurs = _occurring(class_pixels)
    return _mean_one(1 / (class_pixels / class_pixels.sum()).clamp(min=floor), occurs)


def median_frequency_weights(class_pixels: Tensor, floor: float = 1e-3) -> Tensor:
    """The median share over a class's share, each at most that of the floor; otherwise as above.

    Source: Eigen and Fergus 2015, "Predicting Depth, Surface Normals and Semantic Labels", section 6.3.2; but a class
    above the median keeps weight 1 (before all are scaled to mean 1), since scaled alone it would be inverse frequency.
    """
    occurs = _occurring(class_pixels)
    shares = (class_pixels / class_pixels.sum()).clamp(min=floor)
    return _mean_one((shares[occurs].median() / shares).clamp(min=1.0), occurs)


def effective_number_weights(class_pixels: Tensor) -> Tensor:
    """Weights by the effective number of samples, (1 - beta) / (1 - beta^n) with beta = (N - 1) / N.

    Source: Cui et al. 2019, "Class-Balanced Loss Based on Effective Number of Samples", equation 2; N is taken as the
    mean count of a class, so that the weights depend on the classes' balance and not on the size of the data.
    """
    occurs = _occurring(class_pixels)
    beta = 1 - 1 / class_pixels[occurs].double().mean()
    return _mean_one((1 - beta) / (1 - beta ** class_pixels.double()), occurs)


def _occurring(counts: Tensor) -> Tensor:
    occurs = counts > 0
    if not bool(occurs.any()):
        raise DataError("the training masks hold no class at all, only void; check the labels with their image folder")
    return occurs


def _mean_one(weights: Tensor, occurs: Tensor) -> Tensor:
    weights = torch.where(occurs, weights, 0.0)
    return weights / weights[occurs].mean()
