"""Batches of a split: which images, in which order, and their pixels on the device."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from cnnmodels.data.image_data import Split


def batches(order: Tensor, size: int) -> list[Tensor]:
    """An order cut into batches; a last one of a single image joins the one before, since batch norm needs two."""
    parts = list(torch.split(order, size))
    if len(parts) > 1 and len(parts[-1]) == 1:
        parts[-2:] = [torch.cat(parts[-2:])]
    return parts


def gather(split: Split, indices: Tensor, device: torch.device) -> tuple[Tensor, Tensor | None]:
    """RGB images [batch, 3, height, width] in 0 to 255 and their targets, on the device, which nothing waits for."""
    chosen = indices.numpy()
    images = torch.from_numpy(np.asarray(split.images[chosen])).to(device, non_blocking=True).float()
    if split.targets is None:
        return images, None
    return images, torch.from_numpy(np.asarray(split.targets[chosen])).to(device, non_blocking=True)
