"""One training run, epoch by epoch, as a plain generator. Knows no Ray, no files and no other trials.

Equal configurations, data, device, thread count and torch give equal weights, bit for bit, on a CPU. On a GPU torch's
backward passes of bilinear up-sampling (FCN-32) and of max pooling add in an order that varies, so runs agree only
nearly. Arithmetic is float32; on a GPU, cuDNN convolves in TF32, which is torch's own default.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from cnnmodels.backbone import load_backbone
from cnnmodels.checkpoint import Checkpoint, Ended
from cnnmodels.config import Mode, TrialConfig
from cnnmodels.data.augment import augment
from cnnmodels.data.image_data import ImageData, Split
from cnnmodels.networks import build
from cnnmodels.optim import make_optimizer, set_rate
from cnnmodels.schedule import rate_at
from cnnmodels.tasks import Task, make_task

_VALIDATION_BATCH = 16  # fixed, so that a validation loss does not depend on a knob


@dataclass(frozen=True)
class EpochResult:
    """What one epoch gave."""

    epoch: int  # from 1
    metrics: dict[str, float]  # of a run that diverged: the loss that is not finite, alone, so that it is nobody's best
    seconds: dict[str, float]  # data, train, validate
    is_best: bool  # better than every epoch before it
    ended: Ended | None  # why this is the last one, if it is
    checkpoint: Checkpoint | None  # None once the run has diverged


def fit(
    config: TrialConfig,
    data: ImageData,
    *,
    objective: tuple[str, Mode] | None = None,
    device: str | torch.device = "cpu",
    resume: Checkpoint | None = None,
) -> Iterator[EpochResult]:
    """Train a configuration, and yield after each epoch; a resumed run goes on as if it had never stopped.

    Args:
        config: the run; `epochs` and `patience` bound it.
        data: images and targets.
        objective: metric and direction that `is_best` and patience go by; without it, the task's own.
        device: where to train. The number of threads is the caller's business.
        resume: state to go on from, of an earlier run of the same configuration. One that had ended yields nothing.

    Raises:
        CheckpointError: the weights to go on from are of another network.
    """
    device = torch.device(device)
    with _settings_of_a_run(config.seed, device):
        task = make_task(config, data, device)
        network, optimizer = _built(config, task, device, resume)
    metric, mode = objective or task.objective
    best, epochs_since_best, history = None, 0, []
    if resume is not None:
        best, epochs_since_best, history = resume.best, resume.epochs_since_best, list(resume.history)
        if _end(config, resume.epoch, epochs_since_best):
            return

    for epoch in range(len(history) + 1, config.epochs + 1):
        with _settings_of_a_run(_seed_of(config, epoch), device):
            metrics, seconds = _run_epoch(network, optimizer, task, config, data, epoch, device)
        history.append(metrics)
        diverged = _not_finite(metrics)
        if diverged:
            yield EpochResult(epoch, diverged, seconds, False, "diverged", None)
            return
        is_best = _better(metrics.get(metric), best, mode)
        best, epochs_since_best = (metrics[metric], 0) if is_best else (best, epochs_since_best + 1)
        ended = _end(config, epoch, epochs_since_best)
        checkpoint = Checkpoint(
            config=config.model_dump(mode="json"),
            outputs=task.outputs,
            epoch=epoch,
            network=network.state_dict(),
            optimizer=optimizer.state_dict(),
            best=best,
            epochs_since_best=epochs_since_best,
            history=list(history),
            ended=ended,
        )
        yield EpochResult(epoch, metrics, seconds, is_best, ended, checkpoint)
        if ended:
            return


def _run_epoch(
    network: nn.Module,
    optimizer: Optimizer,
    task: Task,
    config: TrialConfig,
    data: ImageData,
    epoch: int,
    device: torch.device,
) -> tuple[dict[str, float], dict[str, float]]:
    """Metrics and seconds of one epoch; it is not validated once the training loss is not finite."""
    began = time.perf_counter()
    train_loss, loading = _train_epoch(network, optimizer, task, config, data.train, epoch, device)
    metrics = {"train_loss": train_loss}
    trained = time.perf_counter()
    if math.isfinite(train_loss):
        metrics |= _validate(network, task, data.val, device)
    validated = time.perf_counter()
    return metrics, {"data": loading, "train": trained - began - loading, "validate": validated - trained}


@contextmanager
def _settings_of_a_run(seed: int, device: torch.device) -> Iterator[None]:
    """Seeded numbers, float32 and repeatable convolutions within; the caller's own settings again behind it.

    Initialisation and dropout draw from torch's global generator, since they take no other.
    """
    dtype = torch.get_default_dtype()
    repeatable = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []), repeatable:
        torch.manual_seed(seed)
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)


def _built(
    config: TrialConfig, task: Task, device: torch.device, resume: Checkpoint | None
) -> tuple[nn.Module, Optimizer]:
    """Network and optimizer as they start, or as the checkpoint left them."""
    network = build(config, task.outputs)
    if resume is None:
        load_backbone(network, config)
    network.to(device).to(memory_format=torch.channels_last)
    # A run goes on with the groups of parameters that it began with.
    decay_all = resume is not None and len(resume.optimizer["param_groups"]) == 1
    trained = [one for one in network.parameters() if one.requires_grad]
    optimizer = make_optimizer(config, trained, decay_all=decay_all)
    if resume is not None:
        resume.fill(network)
        optimizer.load_state_dict(resume.optimizer)
    return network, optimizer


def _seed_of(config: TrialConfig, epoch: int) -> int:
    """Each epoch has its own, so that a resume needs no state."""
    return config.seed * 1_000_003 + epoch


def _train_epoch(
    network: nn.Module,
    optimizer: Optimizer,
    task: Task,
    config: TrialConfig,
    split: Split,
    epoch: int,
    device: torch.device,
) -> tuple[float, float]:
    """One pass over the split in an order of its own: the mean loss, nan at the first that is not finite; and the
    seconds in which batches were gathered and augmented."""
    generator = torch.Generator().manual_seed(_seed_of(config, epoch))
    order = batches(torch.randperm(len(split), generator=generator), config.batch_size)
    network.train()
    total = count = torch.zeros((), dtype=torch.float64)
    loading = 0.0
    for number, indices in enumerate(order):
        began = time.perf_counter()
        images, targets = gather(split, indices, device)
        images, targets = _augmented(images, targets, config.augmentation, generator)
        loading += time.perf_counter() - began
        summed, divisor = task.loss(network(task.inputs(images)), images, targets)
        loss = summed / divisor.clamp(min=1e-12)  # a batch may be all void
        if not math.isfinite(loss.item()):
            return math.nan, loading
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if config.gradient_clip is not None:
            nn.utils.clip_grad_norm_(network.parameters(), config.gradient_clip)
        set_rate(optimizer, rate_at(config, (epoch - 1) * len(order) + number, len(order)))
        optimizer.step()
        total, count = total + summed.detach().cpu(), count + divisor.cpu()
    return float(total / count), loading


def _augmented(
    images: Tensor, targets: Tensor | None, kind: str, generator: torch.Generator
) -> tuple[Tensor, Tensor | None]:
    """A batch changed at random; a label of a whole image stays what it is."""
    if targets is not None and targets.ndim == 1:
        return augment(images, None, kind, generator)[0], targets
    return augment(images, targets, kind, generator)


@torch.inference_mode()
def _validate(network: nn.Module, task: Task, split: Split, device: torch.device) -> dict[str, float]:
    network.eval()
    task.start_validation()
    total = count = torch.zeros((), dtype=torch.float64)
    forward = 0.0
    for indices in torch.split(torch.arange(len(split)), _VALIDATION_BATCH):
        images, targets = gather(split, indices, device)
        began = _now(device)
        logits = network(task.inputs(images))
        forward += _now(device) - began
        summed, divisor = task.loss(logits, images, targets)
        total, count = total + summed.cpu(), count + divisor.cpu()
        task.count(logits, images, targets)
    return {
        "val_loss": float(total / count),
        **task.metrics(),
        "parameters": float(sum(one.numel() for one in network.parameters())),
        "seconds_per_image": forward / len(split),
    }


def _now(device: torch.device) -> float:
    """The clock once the device has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def batches(order: Tensor, size: int) -> list[Tensor]:
    """An order cut into batches; a last one of a single image joins the one before, since batch norm needs two."""
    parts = list(torch.split(order, size))
    if len(parts) > 1 and len(parts[-1]) == 1:
        parts[-2:] = [torch.cat(parts[-2:])]
    return parts


def gather(split: Split, indices: Tensor, device: torch.device) -> tuple[Tensor, Tensor | None]:
    """RGB images [batch, 3, height, width] in 0 to 255 and their targets, on the device."""
    chosen = indices.numpy()
    images = torch.from_numpy(np.asarray(split.images[chosen])).to(device).float()
    if split.targets is None:
        return images, None
    return images, torch.from_numpy(np.asarray(split.targets[chosen])).to(device)


def _not_finite(metrics: dict[str, float]) -> dict[str, float]:
    """The losses that diverged. The last step of an epoch may spoil the weights, and only the validation shows it."""
    losses = {name: metrics[name] for name in ("train_loss", "val_loss") if name in metrics}
    return {name: loss for name, loss in losses.items() if not math.isfinite(loss)}


def _better(value: float | None, best: float | None, mode: Mode) -> bool:
    if value is None or not math.isfinite(value):
        return False
    return best is None or (value > best if mode == "max" else value < best)


def _end(config: TrialConfig, epoch: int, epochs_since_best: int) -> Ended | None:
    if epoch == config.epochs:
        return "completed"
    if config.patience is not None and epochs_since_best >= config.patience:
        return "stopped_early"
    return None
