"""One training run, epoch by epoch, as a plain generator. Knows no Ray, no files and no other trials.

Equal configurations, data, device, thread count and torch give equal weights, bit for bit, on a CPU. On a GPU torch's
backward passes of bilinear up-sampling (FCN-32) and of max pooling add in an order that varies, so runs agree only
nearly; where a configuration is not `deterministic`, cuDNN chooses how it convolves by measuring, and all networks
agree only nearly. Arithmetic is float32, but for the steps of a run in bfloat16 (precision.py); on a GPU, cuDNN
convolves in TF32, which is torch's own default.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from cnnmodels.checkpoint import Checkpoint, Ended
from cnnmodels.config import Precision, TrialConfig
from cnnmodels.data.image_data import ImageData
from cnnmodels.learner import Learner, Validation
from cnnmodels.metric_table import Mode, modes_of
from cnnmodels.turns import Turns


@dataclass(frozen=True)
class EpochResult:
    """What one epoch gave."""

    epoch: int  # from 1
    metrics: dict[str, float]  # of a run that diverged: the loss that is not finite, alone, so that it is nobody's best
    seconds: dict[str, float]  # data, train, validate; compile, where something was
    is_best: bool  # better than every epoch before it
    ended: Ended | None  # why this is the last one, if it is
    checkpoint: Checkpoint | None  # None once the run has diverged
    precision: Precision  # that its steps computed with
    note: str | None = None  # what somebody should know of a run that goes on otherwise than it was asked to


def fit(
    config: TrialConfig,
    data: ImageData,
    *,
    objective: tuple[str, Mode] | None = None,
    device: str | torch.device = "cpu",
    resume: Checkpoint | None = None,
    known: Mapping[str, float] | None = None,
    turns: Turns | None = None,
) -> Iterator[EpochResult]:
    """Train a configuration, and yield after each epoch; a resumed run goes on as if it had never stopped.

    Args:
        config: the run; `epochs` and `patience` bound it.
        data: images and targets. Where the validation split is empty, nothing is validated and no epoch is the best.
        objective: metric and direction that `is_best` and patience go by; without it, the task's own.
        device: where to train. The number of threads is the caller's business.
        resume: state to go on from, of an earlier run of the same configuration, or of one with fewer `epochs`. One
            that had ended yields nothing.
        known: metrics that are the same in every epoch, such as what was measured beforehand.
        turns: what each step waits for; None: nothing.

    Raises:
        CheckpointError: the weights to go on from are of another network.
    """
    device = torch.device(device)
    with _settings_of_a_run(config.seed, device, config):
        learner = Learner(config, data, device, resume, turns)
    metric, mode = objective or learner.task.objective
    best, epochs_since_best, history, told = None, 0, [], False
    if resume is not None:
        best, epochs_since_best, history = resume.best, resume.epochs_since_best, list(resume.history)
        if end_of(config, resume):
            return

    for epoch in range(len(history) + 1, config.epochs + 1):
        with _settings_of_a_run(learner.seed_of(epoch), device, config):
            metrics, seconds, averaged = _run_epoch(learner, data, epoch, (metric, mode))
        metrics |= known or {}
        history.append(metrics)
        diverged = _not_finite(metrics)
        if diverged:
            yield EpochResult(epoch, diverged, seconds, False, "diverged", None, learner.precision)
            return
        is_best = _better(metrics.get(metric), best, mode)
        best, epochs_since_best = (metrics[metric], 0) if is_best else (best, epochs_since_best + 1)
        ended = _end(config, epoch, epochs_since_best, history)
        checkpoint = Checkpoint(
            config=config.model_dump(mode="json"),
            epoch=epoch,
            best=best,
            epochs_since_best=epochs_since_best,
            history=list(history),
            ended=ended,
            **learner.state(averaged=averaged),
        )
        note, told = None if told else learner.refusal, told or bool(learner.refusal)
        yield EpochResult(epoch, metrics, seconds, is_best, ended, checkpoint, learner.precision, note)
        if ended:
            return


def end_of(config: TrialConfig, checkpoint: Checkpoint) -> Ended | None:
    """Why a run that goes on from a checkpoint has nothing left to train; None where it has. A run that was given more
    epochs than the checkpoint's goes on."""
    return _end(config, checkpoint.epoch, checkpoint.epochs_since_best, checkpoint.history)


def _run_epoch(
    learner: Learner, data: ImageData, epoch: int, objective: tuple[str, Mode]
) -> tuple[dict[str, float], dict[str, float], bool]:
    """Metrics and seconds of one epoch, and whether the metrics are those of the averaged weights; it is not validated
    once the training loss is not finite. Where nothing is held out to choose by, the average is taken if there is
    one."""
    began = time.perf_counter()
    train_loss, seconds = learner.train_epoch(data.train, epoch)
    metrics, averaged = {"train_loss": train_loss}, False
    trained = time.perf_counter()
    if math.isfinite(train_loss):
        if len(data.val):
            found, averaged = _better_of(learner.validate(data.val), *objective)
            metrics |= found
        else:
            averaged = learner.has_average
        metrics |= learner.training_metrics(averaged=averaged)
    validated = time.perf_counter()
    seconds |= {"train": trained - began - sum(seconds.values()), "validate": validated - trained}
    return metrics, seconds, averaged


def _better_of(validation: Validation, metric: str, mode: Mode) -> tuple[dict[str, float], bool]:
    """The metrics of the better candidate; a run whose own weights have diverged is not saved by their average."""
    own, averaged = validation
    if averaged is None or _not_finite(own) or not _better(averaged.get(metric), own.get(metric), mode):
        return own, False
    return averaged, True


@contextmanager
def _settings_of_a_run(seed: int, device: torch.device, config: TrialConfig) -> Iterator[None]:
    """Seeded numbers, float32 and repeatable convolutions (or the fastest) within; the caller's own settings behind it.

    Initialisation and dropout draw from torch's global generator, since they take no other.
    """
    dtype = torch.get_default_dtype()
    convolutions = torch.backends.cudnn.flags(
        enabled=True, benchmark=not config.deterministic, deterministic=config.deterministic
    )
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []), convolutions:
        torch.manual_seed(seed)
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)


def _not_finite(metrics: dict[str, float]) -> dict[str, float]:
    """The losses that diverged. The last step of an epoch may spoil the weights, and only the validation shows it, or
    the training images where nothing is validated."""
    after = "val_loss" if "val_loss" in metrics else "train_eval_loss"
    losses = {name: metrics[name] for name in ("train_loss", after) if name in metrics}
    return {name: loss for name, loss in losses.items() if not math.isfinite(loss)}


def _better(value: float | None, best: float | None, mode: Mode) -> bool:
    if value is None or not math.isfinite(value):
        return False
    return best is None or (value > best if mode == "max" else value < best)


def _end(
    config: TrialConfig, epoch: int, epochs_since_best: int, history: Sequence[Mapping[str, float]]
) -> Ended | None:
    if epoch == config.epochs:
        return "completed"
    waited = epochs_since_best
    if config.patience_metric is not None:
        mode = modes_of(config.task, config.metrics)[config.patience_metric]
        waited = _epochs_since_best(history, config.patience_metric, mode)
    return "stopped_early" if config.patience is not None and waited >= config.patience else None


def _epochs_since_best(history: Sequence[Mapping[str, float]], metric: str, mode: Mode) -> int:
    best, since = None, 0
    for metrics in history:
        value = metrics.get(metric)
        best, since = (value, 0) if _better(value, best, mode) else (best, since + 1)
    return since
