"""Colorization: grey in, RGB out."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from cnnmodels.config import TrialConfig
from cnnmodels.data.image_data import ImageData
from cnnmodels.metric_table import Mode
from cnnmodels.tasks.task import Normalization, Task

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_STEPS = 4  # of each channel, for the quantised colours: 64 colours in all


class Colorization(Task):
    """The image itself is the target. Losses: `l1`, `l2` between colours in 0 to 1; `cross_entropy` over 64 quantised
    colours, whose expectation is the prediction (Zhang et al. 2016, "Colorful Image Colorization", sections 2.1 and
    2.3, in RGB, without rebalancing); `binary_cross_entropy` of each channel, which is what cross-entropy is over three
    outputs (study S2's hint).

    PSNR over all pixels of the split; SSIM (Wang et al. 2004, through torchmetrics) as the mean over images; sharpness
    as the gradient energy of the predictions over that of the truth: 1 is as sharp, below is blurred.
    """

    objective: tuple[str, Mode] = ("val_psnr", "max")
    normalization = Normalization(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5), grey=_LUMA)

    def __init__(self, config: TrialConfig, data: ImageData, device: torch.device) -> None:
        self._loss = config.color_loss
        self._palette = palette(device)
        self.outputs = len(self._palette) if self._loss == "cross_entropy" else 3
        self.start_validation()

    def inputs(self, images: Tensor) -> Tensor:
        """Grey, three times over, so that the networks of other tasks serve as they are."""
        grey = grey_of(images) / 127.5 - 1  # [batch, 1, height, width]
        return grey.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)

    def loss(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        truth = images / 255
        if self._loss == "cross_entropy":
            bins = quantised(truth)
            return functional.cross_entropy(logits, bins, reduction="sum"), torch.tensor(float(bins.numel()))
        if self._loss == "binary_cross_entropy":
            total = functional.binary_cross_entropy_with_logits(logits, truth, reduction="sum")
            return total, torch.tensor(float(truth.numel()))
        distance = functional.l1_loss if self._loss == "l1" else functional.mse_loss
        return distance(logits.sigmoid(), truth, reduction="sum"), torch.tensor(float(truth.numel()))

    def plain_loss(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        """The mean square of the difference between colours in 0 to 1."""
        truth = images / 255
        squares = functional.mse_loss(self.colors(logits), truth, reduction="sum")
        return squares, torch.tensor(float(truth.numel()))

    def answers(self, logits: Tensor) -> Tensor:
        return self.colors(logits)

    def colors(self, logits: Tensor) -> Tensor:
        """Predicted RGB in 0 to 1, [batch, 3, height, width]."""
        if self._loss == "cross_entropy":
            return torch.einsum("bkhw,kc->bchw", logits.softmax(1), self._palette)
        return logits.sigmoid()

    def start_validation(self) -> None:
        self._sums: dict[str, Tensor | float] = {}  # tensors stay on the device until the split is through

    def count(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> None:
        from torchmetrics.functional.image import structural_similarity_index_measure  # a second to import

        predicted, truth = self.colors(logits), images / 255
        ssim = structural_similarity_index_measure(predicted, truth, data_range=1.0, reduction="sum")
        counted = {
            "squares": (predicted - truth).square().sum().double(),
            "values": truth.numel(),
            "ssim": ssim.double(),
            "images": len(truth),
            "energy": gradient_energy(predicted).double(),
            "true_energy": gradient_energy(truth).double(),
        }
        self._sums = {name: self._sums.get(name, 0.0) + value for name, value in counted.items()}

    def metrics(self) -> dict[str, float]:
        sums = {name: float(value) for name, value in self._sums.items()}
        error = sums["squares"] / sums["values"]
        return {
            "val_psnr": float(-10 * torch.log10(torch.tensor(max(error, 1e-10)))),
            "val_ssim": sums["ssim"] / sums["images"],
            "val_sharpness": sums["energy"] / max(sums["true_energy"], 1e-10),
        }


def grey_of(images: Tensor) -> Tensor:
    """Luma [batch, 1, height, width] of RGB [batch, 3, height, width], in the same range."""
    luma = torch.tensor(_LUMA).view(1, 3, 1, 1).to(images.device, non_blocking=True)
    return (images * luma).sum(1, keepdim=True)


def gradient_energy(images: Tensor) -> Tensor:
    """Sum of the squared differences between neighbours, across and down."""
    return images.diff(dim=-1).square().sum() + images.diff(dim=-2).square().sum()


def quantised(colors: Tensor) -> Tensor:
    """The number of the nearest quantised colour, [batch, height, width], of RGB in 0 to 1."""
    levels = (colors * _STEPS).long().clamp(max=_STEPS - 1)
    return (levels[:, 0] * _STEPS + levels[:, 1]) * _STEPS + levels[:, 2]


def palette(device: torch.device) -> Tensor:
    """The quantised colours, RGB in 0 to 1, shape [64, 3]."""
    centers = (torch.arange(_STEPS, device=device) + 0.5) / _STEPS
    return torch.cartesian_prod(centers, centers, centers)
