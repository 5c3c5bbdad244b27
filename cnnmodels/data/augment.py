"""Random changes of whole training batches on their device, each mask with its image."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from cnnmodels.data.image_data import VOID

_LARGEST_ANGLE = math.radians(10)
_SMALLEST_CROP = 0.7  # share of each side that a crop keeps at least


def augment(
    images: Tensor, masks: Tensor | None, kind: str, generator: torch.Generator
) -> tuple[Tensor, Tensor | None]:
    """A batch changed at random: `none`, `flip` (mirror), `rotate` (up to 10 degrees), `crop` (70 to 100 %), or `all`.

    Args:
        images: [batch, 3, height, width], any float values.
        masks: class numbers [batch, height, width], or None; pixels from outside the image become VOID.
        kind: what to change.
        generator: a CPU generator, so that the same numbers are drawn whatever the device.
    """
    if kind == "none":
        return images, masks
    mirrored = torch.rand(len(images), generator=generator) < 0.5 if kind in ("flip", "all") else None
    if kind != "flip":
        grid = _grid(images, kind, generator)
        images = functional.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
        masks = None if masks is None else _moved(masks, grid)
    if mirrored is not None:
        mirrored = mirrored.to(images.device).view(-1, 1, 1)
        images = torch.where(mirrored.unsqueeze(1), images.flip(-1), images)
        masks = None if masks is None else torch.where(mirrored, masks.flip(-1), masks)
    return images, masks


def _moved(masks: Tensor, grid: Tensor) -> Tensor:
    shifted = (masks.float() - VOID).unsqueeze(1)  # so that the zeros from outside the image mean VOID
    sampled = functional.grid_sample(shifted, grid, mode="nearest", padding_mode="zeros", align_corners=False)
    return (sampled.squeeze(1) + VOID).to(masks.dtype)


def _grid(images: Tensor, kind: str, generator: torch.Generator) -> Tensor:
    """Where each output pixel comes from, [batch, height, width, 2], in torch's coordinates from -1 to 1."""
    count, (height, width) = len(images), images.shape[-2:]
    angles = torch.zeros(count)
    scales = torch.ones(count)
    if kind in ("rotate", "all"):
        angles = (torch.rand(count, generator=generator) * 2 - 1) * _LARGEST_ANGLE
    if kind in ("crop", "all"):
        scales = _SMALLEST_CROP + (1 - _SMALLEST_CROP) * torch.rand(count, generator=generator)
    offsets = (torch.rand(count, 2, generator=generator) * 2 - 1) * (1 - scales).unsqueeze(1)
    cosines, sines = angles.cos() * scales, angles.sin() * scales
    maps = torch.stack(  # the ratio of the sides keeps a rotation a rotation in pixels
        [
            torch.stack([cosines, -sines * height / width, offsets[:, 0]], dim=1),
            torch.stack([sines * width / height, cosines, offsets[:, 1]], dim=1),
        ],
        dim=1,
    )
    return functional.affine_grid(maps.to(images.device), list(images.shape), align_corners=False)
