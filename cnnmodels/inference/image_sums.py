"""A network measured image by image: the sums of each image that the metrics follow from (metrics_of_sums.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnmodels.batches import gather
from cnnmodels.checkpoint import Checkpoint
from cnnmodels.config import parse
from cnnmodels.data.image_data import VOID, ImageData, Split
from cnnmodels.inference.metrics_of_sums import Sums
from cnnmodels.inference.predictor import BATCH
from cnnmodels.predict import load_network
from cnnmodels.tasks import Task, make_task
from cnnmodels.tasks.colorization import gradient_energy
from cnnmodels.tasks.own_metrics import OwnMetrics
from cnnmodels.tasks.own_task import OwnTask

Progress = Callable[[int, int], None]  # images done, images in all
_Counted = tuple[dict[str, Tensor], Tensor | None]  # sums of a batch, each [batch] or [batch, classes]; its confusion


@dataclass(frozen=True)
class Measured:
    """What was counted on some images."""

    sums: Sums
    confusion: NDArray[np.int64] | None  # counts of images or pixels [truth, prediction]; none of a colorization
    own: OwnMeasured  # by metrics of somebody's own


@dataclass(frozen=True)
class OwnMeasured:
    """What metrics of somebody's own say; they follow from no sums, so nothing is known of other selections."""

    of_all: dict[str, float]
    of_images: dict[str, NDArray[np.float64]]  # of each image by itself, [images]; nan where it has none


@torch.inference_mode()
def measure(
    checkpoint: Checkpoint, data: ImageData, splits: Sequence[Split], device: torch.device, progress: Progress
) -> Measured:
    """Measure a network on every image of some splits, in their order.

    Args:
        checkpoint: of the network.
        data: says which classes there are; those of the targets are numbers of them.
        splits: images with their targets.
        device: where the network runs.
        progress: is told after each batch.

    Raises:
        ConfigError, CheckpointError: as `load_network`.
    """
    config = parse(checkpoint.config)
    network, task = load_network(checkpoint).to(device), make_task(config, data, device)
    own, of_images = task.own_metrics, list[dict[str, float]]()
    of_one = make_task(config, data, device).own_metrics
    own.start()
    total, parts = sum(map(len, splits)), []
    confusion = torch.zeros((), dtype=torch.int64)
    done = 0
    for logits, images, targets in _batches(network, task, splits, device):
        loss, divisor = _losses(task, logits, images, targets)
        sums, matrix = _counts(task, logits, images, targets)
        parts.append({"loss": loss, "loss_count": divisor, **sums})
        confusion = confusion if matrix is None else confusion + matrix.cpu()
        if own:
            answers, truth = task.as_truth(task.answers(logits)), task.truth(images, targets)
            own.count(answers, truth)
            of_images += [_alone(of_one, answers[[place]], truth[[place]]) for place in range(len(images))]
        done += len(images)
        progress(done, total)
    joined = {name: torch.cat([part[name].double().cpu() for part in parts]).numpy() for name in parts[0]}
    return Measured(
        sums=joined,
        confusion=confusion.numpy() if confusion.ndim else None,
        own=OwnMeasured(
            of_all=own.values(),
            of_images={
                metric.name: np.array([one.get(metric.name, np.nan) for one in of_images]) for metric in config.metrics
            },
        ),
    )


def _alone(metrics: OwnMetrics, answers: Tensor, truth: Tensor) -> dict[str, float]:
    metrics.start()
    metrics.count(answers, truth)
    return metrics.values()


def _batches(
    network: nn.Module, task: Task, splits: Sequence[Split], device: torch.device
) -> Iterable[tuple[Tensor, Tensor, Tensor | None]]:
    for split in splits:
        for indices in torch.split(torch.arange(len(split)), BATCH):
            images, targets = gather(split, indices, device)
            yield network(task.inputs(images)), images, targets


def _losses(task: Task, logits: Tensor, images: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
    """The plain loss of each image, summed, and what to divide it by; both [batch]."""
    pairs = [
        task.plain_loss(logits[[place]], images[[place]], None if targets is None else targets[[place]])
        for place in range(len(images))
    ]
    return torch.stack([loss for loss, _ in pairs]), torch.stack([divisor for _, divisor in pairs])


def _counts(task: Task, logits: Tensor, images: Tensor, targets: Tensor | None) -> _Counted:
    if targets is None:
        return _of_colors(task.answers(logits), images / 255), None
    if isinstance(task, OwnTask):
        return {}, None
    predictions = logits.argmax(1)
    of_images = targets.ndim == 1
    counts = _confusions(predictions, targets, logits.shape[1], void=None if of_images else VOID)
    hits = counts.diagonal(dim1=1, dim2=2)
    sums = {"hits": hits, "truth": counts.sum(2), "predicted": counts.sum(1)}
    if not of_images:
        jaccard = (hits.double() / (sums["truth"] + sums["predicted"] - hits)).nanmean(1)
        sums |= {"jaccard": jaccard.nan_to_num(), "jaccard_count": ~jaccard.isnan()}
    return sums, counts.sum(0)


def _confusions(predictions: Tensor, targets: Tensor, classes: int, *, void: int | None) -> Tensor:
    """Counts of each image by itself, [batch, truth, prediction]."""
    batch = len(targets)
    image = torch.arange(batch, device=targets.device).view(-1, *[1] * (targets.ndim - 1)).expand_as(targets)
    counted = torch.ones_like(targets, dtype=torch.bool) if void is None else targets != void
    pairs = (image[counted] * classes + targets[counted].long()) * classes + predictions[counted]
    return torch.bincount(pairs, minlength=batch * classes**2).view(batch, classes, classes)


def _of_colors(predicted: Tensor, truth: Tensor) -> dict[str, Tensor]:
    from torchmetrics.functional.image import structural_similarity_index_measure  # a second to import

    ssim = structural_similarity_index_measure(predicted, truth, data_range=1.0, reduction="none")
    assert isinstance(ssim, Tensor)
    return {
        "squares": (predicted - truth).square().sum((1, 2, 3)),
        "values": torch.full((len(truth),), float(truth[0].numel())),
        "ssim": ssim,
        "images": torch.ones(len(truth)),
        "energy": torch.stack([gradient_energy(one) for one in predicted]),
        "true_energy": torch.stack([gradient_energy(one) for one in truth]),
    }
