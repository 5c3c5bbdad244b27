"""Images of a training batch blended with one another, and their labels with them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

_MIXUP_ALPHA = 0.2
_CUTMIX_ALPHA = 1.0


def mix(images: Tensor, labels: Tensor, classes: int, kind: str, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A batch in which each image is mixed with another one of the batch, in one proportion for all.

    Args:
        images: [batch, 3, height, width].
        labels: class numbers [batch].
        classes: how many there are.
        kind: `mixup` blends whole images, `cutmix` pastes a rectangle.
        generator: a CPU generator.

    Returns:
        The images, and the share of each class in them, [batch, classes].

    Source: Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization" (alpha 0.2, as for ImageNet); Yun et al.
    2019, "CutMix" (alpha 1).
    """
    order = torch.randperm(len(images), generator=generator).to(images.device, non_blocking=True)
    shares = functional.one_hot(labels.long(), classes).float()
    kept = _beta(_MIXUP_ALPHA if kind == "mixup" else _CUTMIX_ALPHA, generator)
    if kind == "mixup":
        images = kept * images + (1 - kept) * images[order]
    else:
        images, kept = _pasted(images, order, kept, generator)
    return images, kept * shares + (1 - kept) * shares[order]


def _pasted(images: Tensor, order: Tensor, kept: float, generator: torch.Generator) -> tuple[Tensor, float]:
    """A rectangle around a random centre from the other image, and the share that is left of the own one."""
    height, width = images.shape[-2:]
    half = (1 - kept) ** 0.5 / 2
    row, column = torch.rand(2, generator=generator).tolist()
    top, bottom = (round(min(1, max(0, row + end)) * height) for end in (-half, half))
    left, right = (round(min(1, max(0, column + end)) * width) for end in (-half, half))
    images = images.clone()
    images[:, :, top:bottom, left:right] = images[order, :, top:bottom, left:right]
    return images, 1 - (bottom - top) * (right - left) / (height * width)


def _beta(alpha: float, generator: torch.Generator) -> float:
    """A draw from Beta(alpha, alpha); torch's own takes no generator."""
    seed = int(torch.randint(2**31, (), generator=generator))
    return float(np.random.default_rng(seed).beta(alpha, alpha))
