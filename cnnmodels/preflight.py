"""Seconds before the first trial: can the default configuration learn from these images at all?

Copies of its network take a few steps on a few images, scaled down: can one learn a batch by heart, and does the other,
on images that it has not seen, foretell their own masks better than those of other images? Nothing is refused here; a
finding says what to look at. Knows no Ray, no files.

Labels of whole images are not judged: after 20 steps, those of the generated shapes look like shuffled ones.
"""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from cnnmodels.backbone import load_backbone
from cnnmodels.batches import gather
from cnnmodels.config import TrialConfig
from cnnmodels.data.image_data import ImageData
from cnnmodels.networks import build
from cnnmodels.optim import Adam, make_optimizer
from cnnmodels.task_table import is_own
from cnnmodels.tasks import Task, make_task

STEPS = 20
_BATCH = 8  # images of a step
_SIDE = 48  # pixels of the longer side, at most
_FEWEST = 12  # steps; fewer, where time was up before, tell nothing
_RATE = 3e-3  # of Adam; a data set is to be judged, not a recipe, so it is the same for every configuration
_PLAIN = {"label_smoothing": 0.0, "region_loss": "none", "class_weights": "none", "dropout": 0.0}  # loss as it is
_FAR, _NEAR = 2.0, 0.3  # a loss at start may be so many times that of guessing, and 1 more
_LEARNT = 0.9  # of the loss at start; one that stays above has learnt nothing
_BLIND = 4  # steps before which a network foretells nothing
_SURE = 2.0  # standard errors by which true masks must be ahead of those of other images
_ROSE = 2.0  # times the loss at start


@dataclass(frozen=True)
class Finding:
    """Something that looks wrong, in words, with what to look at."""

    check: Literal["start", "batch", "targets", "rate"]
    text: str


class Losses(NamedTuple):
    """What was measured before each step."""

    by_heart: list[float]  # loss of one batch, again and again
    own_rate: list[float]  # the same with the configuration's own optimizer; none where its schedule begins gently
    ahead: list[float]  # of new images: their loss with each other's masks, less that with their own


def preflight(config: TrialConfig, data: ImageData, device: torch.device, *, seconds: float = 5.0) -> list[Finding]:
    """What looks wrong with a configuration on these images; mostly nothing, and of a task of somebody's own never
    anything, since what its loss ought to do is not known.

    Args:
        config: the default configuration, whose seed decides which images are looked at.
        data: its training split alone is used.
        device: where to train.
        seconds: after which no further step is begun, as soon as there are enough to judge; where a machine is so busy
            that they take three times as long, it is not judged.
    """
    if is_own(config.task):
        return []
    task = make_task(config.model_copy(update=_PLAIN), data, device)
    losses = measured(config, data, task, device, seconds=seconds)
    guessing = math.log(task.outputs) if config.task != "colorization" or task.outputs > 3 else None
    return judged(losses, guessing, config)


def measured(config: TrialConfig, data: ImageData, task: Task, device: torch.device, *, seconds: float = 5.0) -> Losses:
    """What each run gives, their steps taken in turn, so that all have equally many when time is up."""
    until = time.monotonic() + seconds
    batches = _batches(data, config, device)
    gently = config.warmup_epochs > 0 or config.scheduler == "one_cycle"
    found = Losses([], [], [])
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        by_heart, on_new, own_rate = (_Run(config, task, device, own_rate=own) for own in (False, False, True))
        for step in range(STEPS):
            late = time.monotonic() - until
            if late > 0 and (step >= _FEWEST or late > 2 * seconds):
                break
            found.by_heart.append(by_heart.step(*batches[0]))
            if not gently:
                found.own_rate.append(own_rate.step(*batches[0]))
            images, targets = batches[min(step, len(batches) - 1)]
            if step < len(batches) and targets is not None and targets.ndim == 3 and len(images) > 1:
                found.ahead.append(on_new.step_on_new(images, targets))
    return found


def judged(losses: Losses, guessing: float | None, config: TrialConfig) -> list[Finding]:
    """What the losses say; `guessing` is the cross-entropy of equal odds, or None where the loss is another."""
    first, ahead, steps = losses.by_heart, losses.ahead[_BLIND:], len(losses.by_heart)
    if not first:
        return []
    found: list[Finding] = []
    start = first[0]
    if guessing is not None and not _NEAR * guessing <= start <= _FAR * guessing + 1:
        text = f"the loss begins at {start:.3g}, where guessing gives {guessing:.3g}"
        found.append(Finding("start", f"{text}: look at the labels (numbered from 0?) and at the images (all black?)"))
    if steps < _FEWEST:
        return found
    end, last = statistics.fmean(first[-3:]), max(losses.own_rate[-3:], default=0.0)
    if not end < _LEARNT * start:
        text = f"{steps} steps on the same few images bring the loss of the network from {start:.3g} to {end:.3g}"
        found.append(Finding("batch", f"{text}: look whether the images differ, and at its initialization and depth"))
    elif len(ahead) > 1 and not statistics.fmean(ahead) > _SURE * statistics.stdev(ahead) / math.sqrt(len(ahead)):
        text = "masks that were dealt out to other images are as easy to learn as the true ones"
        found.append(Finding("targets", f"{text}: look whether each mask belongs to its image"))
    if not last < _ROSE * max(start, guessing or 0.0):
        text = f"with lr {config.lr:g} the loss of a few images rises from {start:.3g} to {last:.3g}"
        found.append(Finding("rate", f"{text}: look at the learning rate"))
    return found


class _Run:
    """A network and its optimizer; every run of a configuration starts from the same weights."""

    def __init__(self, config: TrialConfig, task: Task, device: torch.device, *, own_rate: bool) -> None:
        torch.manual_seed(config.seed)
        self._task = task
        self._network: nn.Module = build(config.model_copy(update={"dropout": 0.0}), task.outputs)
        load_backbone(self._network, config)
        self._network.to(device).to(memory_format=torch.channels_last).train()
        parameters = [one for one in self._network.parameters() if one.requires_grad]
        self._optimizer: Optimizer = make_optimizer(config, parameters) if own_rate else Adam(parameters, lr=_RATE)

    def step(self, images: Tensor, targets: Tensor | None) -> float:
        """The loss before the step."""
        return self._step(self._logits(images), images, targets)

    def step_on_new(self, images: Tensor, masks: Tensor) -> float:
        """A step on images that it has not seen: by how much their loss was higher with each other's masks."""
        logits = self._logits(images)
        with torch.no_grad():
            others = [float(self._loss(logits, images, masks.roll(by, 0))) for by in range(1, len(images))]
        return statistics.fmean(others) - self._step(logits, images, masks)

    def _logits(self, images: Tensor) -> Tensor:
        logits: Tensor = self._network(self._task.inputs(images))
        return logits

    def _loss(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> Tensor:
        summed, divisor = self._task.loss(logits, images, targets)
        return summed / divisor.clamp(min=1e-12)

    def _step(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> float:
        loss = self._loss(logits, images, targets)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        return float(loss.detach())


def _batches(data: ImageData, config: TrialConfig, device: torch.device) -> list[tuple[Tensor, Tensor | None]]:
    """Batches of training images, each image once, every k-th pixel of them, and their targets."""
    order = torch.randperm(len(data.train), generator=torch.Generator().manual_seed(config.seed))
    parts = [part for part in torch.split(order[: STEPS * _BATCH], _BATCH) if len(part) == min(_BATCH, len(order))]
    return [_smaller(*gather(data.train, part, device)) for part in parts]


def _smaller(images: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor | None]:
    every = max(1, math.ceil(max(images.shape[2:]) / _SIDE))
    if targets is not None and targets.ndim == 3:
        targets = targets[:, ::every, ::every]
    return images[:, :, ::every, ::every], targets
