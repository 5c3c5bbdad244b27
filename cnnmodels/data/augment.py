"""Random changes of each image of a training batch, on the batch's device; a mask moves with its image.

Every image draws its own change. One `strength` from 0 to 1 says how far all of them may go, as in RandAugment (Cubuk
et al. 2020) and TrivialAugment (Müller and Hutter 2021); the largest are near theirs. All moves of an image are one
resampling, so that an image is blurred once at most, and a shift by whole pixels not at all; what comes from beyond an
edge is the image reflected there, and so is its mask.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import torch
from torch import Tensor
from torch.nn import functional

from cnnmodels.data.image_data import VOID

_MOVES = {"shift", "zoom", "crop", "rotate", "spin"}
# What each change may reach at strength 1.
_SHIFT = 0.25  # share of each side
_ZOOM = 0.5  # larger or smaller by this factor of the size
_CROP = 0.6  # share of each side that is cut off
_ANGLE = math.radians(30)
_COLOR = 0.6  # brightness, contrast and saturation, each by this factor
_BLUR = 2.0  # standard deviation in pixels
_NOISE = 25.0  # standard deviation, of values in 0 to 255
_ERASED = 0.4  # share of the image's area


def augment(
    images: Tensor, masks: Tensor | None, changes: Collection[str], strength: float, generator: torch.Generator
) -> tuple[Tensor, Tensor | None]:
    """A batch changed at random.

    Args:
        images: [batch, 3, height, width], float values in 0 to 255.
        masks: class numbers [batch, height, width], or numbers, or None; of class numbers, what is erased becomes VOID.
        changes: names of `cnnmodels.config.CHANGES`. `flip` and `vertical_flip` mirror half of the images; `rotate`
            stays near upright, `spin` turns to any angle.
        strength: from 0 to 1; it does not bear on flips and spins.
        generator: a CPU generator, so that the same numbers are drawn whatever the device.
    """
    for change, axis in (("flip", -1), ("vertical_flip", -2)):
        if change in changes:
            images, masks = _mirrored(images, masks, axis, generator)
    if _MOVES & set(changes):
        grid = _grid(images, changes, strength, generator)
        images = _sampled(images, grid, "bilinear")
        masks = None if masks is None else _sampled(masks.float().unsqueeze(1), grid, "nearest")[:, 0].to(masks.dtype)
    if "color" in changes:
        images = _recolored(images, strength, generator)
    if "blur" in changes:
        images = _blurred(images, strength, generator)
    if "noise" in changes:
        deviations = _uniform(len(images), 0, _NOISE * strength, generator)
        noise = torch.randn(images.shape, generator=generator) * _as_images(deviations)
        images = (images + noise.to(images.device, non_blocking=True)).clamp(0, 255)
    if "erase" in changes:
        images, masks = _erased(images, masks, strength, generator)
    return images, masks


def _uniform(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(count, generator=generator)


def _as_images(values: Tensor) -> Tensor:
    return values.view(-1, 1, 1, 1)


def _mirrored(
    images: Tensor, masks: Tensor | None, axis: int, generator: torch.Generator
) -> tuple[Tensor, Tensor | None]:
    mirrored = (torch.rand(len(images), generator=generator) < 0.5).to(images.device, non_blocking=True).view(-1, 1, 1)
    images = torch.where(mirrored.unsqueeze(1), images.flip(axis), images)
    return images, None if masks is None else torch.where(mirrored, masks.flip(axis), masks)


def _sampled(values: Tensor, grid: Tensor, mode: str) -> Tensor:
    return functional.grid_sample(values, grid, mode=mode, padding_mode="reflection", align_corners=False)


def _grid(images: Tensor, changes: Collection[str], strength: float, generator: torch.Generator) -> Tensor:
    """Where each output pixel comes from, [batch, height, width, 2], in torch's coordinates from -1 to 1."""
    count, (height, width) = len(images), images.shape[-2:]
    angles, scales, offsets = torch.zeros(count), torch.ones(count), torch.zeros(count, 2)
    if "spin" in changes:
        angles = _uniform(count, -math.pi, math.pi, generator)
    elif "rotate" in changes:
        angles = _uniform(count, -_ANGLE * strength, _ANGLE * strength, generator)
    if "zoom" in changes:
        furthest = math.log1p(_ZOOM * strength)
        scales = _uniform(count, -furthest, furthest, generator).exp()
    if "crop" in changes:
        scales = scales * _uniform(count, 1 - _CROP * strength, 1, generator)
        offsets = offsets + (torch.rand(count, 2, generator=generator) * 2 - 1) * (1 - scales).clamp(min=0).unsqueeze(1)
    if "shift" in changes:
        sides = torch.tensor([width, height])
        pixels = ((torch.rand(count, 2, generator=generator) * 2 - 1) * _SHIFT * strength * sides).round()
        offsets = offsets + pixels * 2 / sides
    cosines, sines = angles.cos() * scales, angles.sin() * scales
    maps = torch.stack(  # the ratio of the sides keeps a rotation a rotation in pixels
        [
            torch.stack([cosines, -sines * height / width, offsets[:, 0]], dim=1),
            torch.stack([sines * width / height, cosines, offsets[:, 1]], dim=1),
        ],
        dim=1,
    )
    return functional.affine_grid(maps.to(images.device, non_blocking=True), list(images.shape), align_corners=False)


def _recolored(images: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Brighter or darker, more or less contrast, more or less colour."""
    largest = _COLOR * strength
    factors = 1 + largest * (torch.rand(3, len(images), generator=generator) * 2 - 1)
    brightness, contrast, saturation = (_as_images(one) for one in factors.to(images.device, non_blocking=True))
    images = images * brightness
    mean = images.mean((1, 2, 3), keepdim=True)
    images = mean + (images - mean) * contrast
    grey = images.mean(1, keepdim=True)
    return (grey + (images - grey) * saturation).clamp(0, 255)


def _blurred(images: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """A Gaussian of each image's own width, down the columns and along the rows."""
    deviations = _uniform(len(images), 0.1, max(0.1, _BLUR * strength), generator).view(-1, 1)
    reach = min(math.ceil(2 * _BLUR * strength), images.shape[-1] - 1, images.shape[-2] - 1)
    steps = torch.arange(-reach, reach + 1)
    kernels = torch.exp(-(steps**2) / (2 * deviations**2))
    kernels = (kernels / kernels.sum(1, keepdim=True)).repeat_interleave(3, 0).to(images.device, non_blocking=True)
    channels = images.reshape(1, -1, *images.shape[-2:])
    across, down = kernels[:, None, None, :], kernels[:, None, :, None]  # [3 * batch, 1, height, width] of a kernel
    for padding, kernel in (((reach, reach, 0, 0), across), ((0, 0, reach, reach), down)):
        padded = functional.pad(channels, padding, mode="reflect")
        channels = functional.conv2d(padded, kernel, groups=len(kernel))
    return channels.view(images.shape)


def _erased(
    images: Tensor, masks: Tensor | None, strength: float, generator: torch.Generator
) -> tuple[Tensor, Tensor | None]:
    """A rectangle of each image replaced by the image's mean (Zhong et al. 2020, "Random Erasing")."""
    count, (height, width) = len(images), images.shape[-2:]
    areas = _uniform(count, 0, _ERASED * strength, generator)
    ratios = _uniform(count, -math.log(3), math.log(3), generator).exp()
    sides = torch.stack([(areas * ratios).sqrt(), (areas / ratios).sqrt()], 1).clamp(max=1)  # shares of the sides
    starts = torch.rand(count, 2, generator=generator) * (1 - sides)
    inside = (
        _inside(starts[:, 0], sides[:, 0], height).unsqueeze(2) & _inside(starts[:, 1], sides[:, 1], width)[:, None]
    )
    inside = inside.to(images.device, non_blocking=True)
    images = torch.where(inside.unsqueeze(1), images.mean((2, 3), keepdim=True), images)
    if masks is None or masks.is_floating_point():
        return images, masks
    return images, masks.masked_fill(inside, VOID)


def _inside(starts: Tensor, sides: Tensor, pixels: int) -> Tensor:
    """Which positions along an axis lie in each image's part, [batch, pixels]."""
    positions = (torch.arange(pixels) + 0.5) / pixels
    return (positions >= starts.unsqueeze(1)) & (positions < (starts + sides).unsqueeze(1))
