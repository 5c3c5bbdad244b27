"""Batches of a split: which images, in which order, and their pixels on the device."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cnnmodels.data.image_data import Split
from cnnmodels.on_device import OnDevice


def batches(order: Tensor, size: int) -> list[Tensor]:
    """An order cut into batches; a last one of a single image joins the one before, since batch norm needs two."""
    parts = list(torch.split(order, size))
    if len(parts) > 1 and len(parts[-1]) == 1:
        parts[-2:] = [torch.cat(parts[-2:])]
    return parts


def gather(split: Split | OnDevice, indices: Tensor, device: torch.device) -> tuple[Tensor, Tensor | None]:
    """RGB images [batch, 3, height, width] in 0 to 255 and their targets, on the device, which nothing waits for."""
    if isinstance(split, OnDevice):
        return split.rows(indices)
    chosen = indices.numpy()
    images = _sent(split.images[chosen], device).float()
    return images, None if split.targets is None else _sent(split.targets[chosen], device)


def _sent(rows: NDArray[Any], device: torch.device) -> Tensor:
    there = torch.from_numpy(np.asarray(rows))
    if device.type == "cuda":
        there = there.pin_memory()  # a copy from other memory waits for what the device has yet to do
    return there.to(device, non_blocking=True)
