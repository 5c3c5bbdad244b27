"""Somebody's own network and metrics, built and asked once before any trial: what does not fit is said in one line."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor, nn

from cnnmodels.batches import gather
from cnnmodels.config import TrialConfig
from cnnmodels.data.image_data import ImageData
from cnnmodels.errors import ConfigError
from cnnmodels.networks import build
from cnnmodels.own.importing import told
from cnnmodels.own.loss import OwnLoss, loss_of, without_effect
from cnnmodels.task_table import answers_pixels, is_own
from cnnmodels.tasks import make_task

_IMAGES = 2


@torch.inference_mode()
def refuse_unfit(config: TrialConfig, data: ImageData, given: Collection[str] = ()) -> None:
    """Build the network of a configuration, and look at what it makes of two images, at its loss if it brings one, and
    at the metrics that are somebody's own.

    Args:
        config: of the first trial.
        data: the images.
        given: the knobs that a space file names.

    Raises:
        ConfigError: it fails, its logits are of another shape than the task takes, or its loss is no scalar, or leaves
            a knob without effect, or a metric fails; the text names its own line.
    """
    task = make_task(config, data, torch.device("cpu"))
    images, targets = gather(data.train, torch.arange(min(_IMAGES, len(data.train))), torch.device("cpu"))
    step = "cannot be built"
    with torch.random.fork_rng(devices=[]):
        try:
            network: nn.Module = build(config, task.outputs)
            step = "fails on images"
            logits = network.eval()(task.inputs(images))
            found = list(logits.shape)
        except Exception as error:  # whatever somebody's network does
            raise ConfigError(f"{config.model}: {step} with the default configuration: {told(error)}") from error
    of_pixels = list(images.shape[2:]) if answers_pixels(config.task) else []
    wanted = [len(images), task.outputs, *of_pixels]
    if found != wanted:
        in_words = "[batch, outputs, height, width]" if of_pixels else "[batch, outputs]"
        raise ConfigError(
            f"{config.model}: of {len(images)} images its logits are {found}; {config.task} takes {wanted}, {in_words}"
        )
    truth, loss = task.truth(images, targets), loss_of(network, config)
    if loss is not None:
        _refuse_unfit_loss(config, loss, logits, truth, given)
    step = "its loss"
    try:
        if is_own(config.task):
            task.loss(logits, images, targets)
        step = " or ".join(metric.name for metric in config.metrics)
        task.own_metrics.start()
        task.own_metrics.count(task.as_truth(task.answers(logits)), truth)
        task.own_metrics.values()
    except ConfigError:
        raise
    except Exception as error:  # whatever somebody's metric does
        whose = f"{config.task}: " if is_own(config.task) else "metrics: "
        raise ConfigError(f"{whose}{step} fails on {len(images)} images: {told(error)}") from error


def _refuse_unfit_loss(
    config: TrialConfig, loss: OwnLoss, logits: Tensor, truth: Tensor, given: Collection[str]
) -> None:
    idle = sorted(without_effect(config.task) & set(given))
    if idle:
        raise ConfigError(
            f"{', '.join(idle)}: {config.model} brings its own loss, which does not read it; leave it out"
        )
    try:
        value = loss(logits, truth)
        shape = list(value.shape)
    except Exception as error:  # whatever somebody's loss does
        raise ConfigError(f"{config.model}: its loss fails: {told(error)}") from error
    if shape:
        raise ConfigError(f"{config.model}: its loss is of shape {shape}; give the mean over the batch, a scalar")
