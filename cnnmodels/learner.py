"""What learns in a training run: the network, its optimizer and the average of its weights, and an epoch of theirs."""

from __future__ import annotations

import contextlib
import math
import time
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from cnnmodels.backbone import load_backbone
from cnnmodels.batches import batches, gather
from cnnmodels.checkpoint import Checkpoint
from cnnmodels.compiled import Compiled
from cnnmodels.config import TrialConfig, changes_of
from cnnmodels.data.augment import augment
from cnnmodels.data.image_data import ImageData, Split
from cnnmodels.data.mixing import mix
from cnnmodels.evaluation import evaluate, evenly_spaced
from cnnmodels.metric_table import modes_of
from cnnmodels.networks import build
from cnnmodels.on_device import OnDevice, bytes_on_device, room_on
from cnnmodels.optim import make_optimizer, set_step
from cnnmodels.own.loss import loss_of
from cnnmodels.precision import computing, loses_gradients, precision_on
from cnnmodels.schedule import momentum_at, rate_at
from cnnmodels.tasks import make_task
from cnnmodels.turns import Turns
from cnnmodels.weight_average import WeightAverage

_SEEDS = 2**63  # that torch takes
_STEPS_UNSEEN = 16  # between looks at the loss, since a device computes ahead of the processor until it is looked at
_TRAINING_IMAGES = 64  # of which training metrics are at most


class Validation(NamedTuple):
    """Metrics of the two candidates of an epoch."""

    own: dict[str, float]
    averaged: dict[str, float] | None  # None where no average is taken, or not yet


class Learner:
    """A network as it starts, or as a checkpoint left it, and what trains it."""

    def __init__(
        self,
        config: TrialConfig,
        data: ImageData,
        device: torch.device,
        resume: Checkpoint | None,
        turns: Turns | None = None,
    ) -> None:
        """Draws the initial weights from torch's global generator.

        Raises:
            CheckpointError: the weights to go on from are of another network.
        """
        self._config, self._device, self._turns = config, device, turns or Turns()
        self.precision = precision_on(device, config.precision)  # of training steps
        self._changes = changes_of(config.augmentation)
        self.task = make_task(config, data, device)
        self._seen = evenly_spaced(data.train, min(len(data.val) or _TRAINING_IMAGES, _TRAINING_IMAGES))
        self._splits = [one for one in (data.train, data.val, self._seen) if len(one)]
        self._near: list[OnDevice] | None = None  # the same splits on the device; empty where it has no room for them
        self._has_trained = False
        self._network = build(config, self.task.outputs)
        if resume is None:
            load_backbone(self._network, config)
        self._network.to(device).to(memory_format=torch.channels_last)
        if self.precision == "bfloat16" and device.type == "cpu":
            one_image, _ = gather(data.train, torch.zeros(1, dtype=torch.int64), device)
            if loses_gradients(self._network, self.task.inputs(one_image)):
                self.precision = "float32"
        self._compiled = Compiled(self._network) if config.compile else None
        self._own_loss = loss_of(self._network, config)
        self._optimizer = _optimizer(config, self._network, resume)
        self._average = None
        if config.weight_average != "none":
            self._average = WeightAverage(config, self._network, steps_of(len(data.train), config))
        if resume is not None:
            resume.fill(self._network)
            self._optimizer.load_state_dict(resume.optimizer)
            if self._average is not None and resume.average is not None:
                self._average.load_state_dict(resume.average)

    def state(self, *, averaged: bool) -> dict[str, Any]:
        """The part of a checkpoint that is known here; tensors are those that training goes on with."""
        best = self._average.network if self._average is not None and averaged else None
        return {
            "outputs": self.task.outputs,
            "network": self._network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "average": None if self._average is None else self._average.state_dict(),
            "averaged": None if best is None else best.state_dict(),
        }

    def seed_of(self, epoch: int) -> int:
        """Each epoch has its own, so that a resume needs no state."""
        return (self._config.seed * 1_000_003 + epoch) % _SEEDS

    @property
    def refusal(self) -> str | None:
        """Why steps that were to be compiled are not."""
        return self._compiled.refusal if self._compiled else None

    def train_epoch(self, split: Split, epoch: int) -> tuple[float, dict[str, float]]:
        """One pass over the split, or several (`augmentation_copies`), each in an order of its own: the mean loss, not
        finite soon after one of them is not; and seconds: `data`, in which batches were gathered and augmented, or a
        device was told to; and `compile`, the steps that had to be compiled first, where there were any."""
        began = time.perf_counter()
        self._lay_near()
        near, seconds = self._nearest(split), {"data": time.perf_counter() - began}
        generator = torch.Generator().manual_seed(self.seed_of(epoch))
        passes = [torch.randperm(len(split), generator=generator) for _ in range(self._config.augmentation_copies)]
        order = batches(torch.cat(passes), self._config.batch_size)
        self._network.train()
        total = count = torch.zeros((), dtype=torch.float64, device=self._device)
        for number, indices in enumerate(order):
            with self._turns.step(self._device):
                began = time.perf_counter()
                images, targets = self._batch(near, indices, generator)
                gathered = time.perf_counter()
                seconds["data"] += gathered - began
                with computing(self._device, self.precision):
                    logits = (self._compiled or self._network)(self.task.inputs(images))
                summed, divisor = self._loss(logits.float(), images, targets)
                loss = summed / divisor.clamp(min=1e-12)  # a batch may be all void
                self._step(loss, (epoch - 1) * len(order) + number, len(order))
                if self._compiled and self._compiled.meets(images):
                    seconds["compile"] = seconds.get("compile", 0.0) + time.perf_counter() - gathered
                total, count = total + summed.detach(), count + divisor
            if number % _STEPS_UNSEEN == 0 and not math.isfinite(total.item()):
                return math.nan, seconds
        self._has_trained = True
        return float(total / count), seconds

    def _lay_near(self) -> None:
        """Put the splits on the device, from the second epoch on: by then it is known what an epoch takes."""
        if self._near is not None or not self._has_trained:
            return
        # An average of the weights may come later, and is as large as the network.
        needed = bytes_on_device(self._splits) + sum(one.nbytes for one in self._network.state_dict().values())
        self._near = []
        if needed <= room_on(self._device):
            with contextlib.suppress(torch.OutOfMemoryError):  # where another process was quicker
                self._near = [OnDevice(one, self._device) for one in self._splits]

    def _nearest(self, split: Split) -> Split | OnDevice:
        """The split on the device, if it lies there."""
        places = zip(self._splits, self._near or (), strict=False)
        return next((near for one, near in places if one is split), split)

    def _loss(self, logits: Tensor, images: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        """Summed, and what to divide it by; a network of somebody's own may bring its loss, which is a mean."""
        if self._own_loss is None:
            return self.task.loss(logits, images, targets)
        mean = self._own_loss(logits, self.task.truth(images, targets))
        return mean * len(images), torch.tensor(float(len(images)))

    def _batch(
        self, split: Split | OnDevice, indices: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor | None]:
        """Images and targets, changed at random as the configuration says."""
        images, targets = gather(split, indices, self._device)
        masks = targets if targets is not None and targets.ndim == 3 else None  # a label of a whole image stays
        images, masks = augment(images, masks, self._changes, self._config.augmentation_strength, generator)
        targets = targets if masks is None else masks
        if targets is not None and self._config.mixing != "none":
            return mix(images, targets, self.task.outputs, self._config.mixing, generator)
        return images, targets

    def _step(self, loss: Tensor, step: int, steps_per_epoch: int) -> None:
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if self._config.gradient_clip is not None:
            nn.utils.clip_grad_norm_(self._network.parameters(), self._config.gradient_clip)
        rate, momentum = (at(self._config, step, steps_per_epoch) for at in (rate_at, momentum_at))
        set_step(self._optimizer, rate, momentum)
        self._optimizer.step()
        if self._average is not None:
            self._average.update(self._network, step)

    def validate(self, split: Split) -> Validation:
        """The metrics of the network, and of its average where there is one."""
        averaged, near = None if self._average is None else self._average.network, self._nearest(split)
        return Validation(
            own=evaluate(self._network, self.task, near, self._device, self._turns),
            averaged=None if averaged is None else evaluate(averaged, self.task, near, self._device, self._turns),
        )

    @property
    def has_average(self) -> bool:
        """Whether there is an average of the weights by now."""
        return self._average is not None and self._average.network is not None

    def training_metrics(self, *, averaged: bool) -> dict[str, float]:
        """The same of training images as they are, not augmented: `train_miou` beside `val_miou`, for each metric of
        the task; their loss is `train_eval_loss`, since `train_loss` is the mean over an epoch in which weights change.

        They are of a fixed part of the training split, as large as the validation split where there is one, and of
        at most 64 images.
        """
        average = self._average.network if averaged and self._average is not None else None
        found = evaluate(average or self._network, self.task, self._nearest(self._seen), self._device, self._turns)
        known = modes_of(self._config.task, self._config.metrics)
        of_task = [name for name in known if name.startswith("val_") and name != "val_loss" and name in found]
        metrics = {name.replace("val_", "train_", 1): found[name] for name in of_task}
        return {"train_eval_loss": found["val_loss"], **metrics}


def steps_of(images: int, config: TrialConfig) -> int:
    """Optimizer steps of an epoch."""
    return len(batches(torch.arange(images * config.augmentation_copies), config.batch_size))


def _optimizer(config: TrialConfig, network: nn.Module, resume: Checkpoint | None) -> Optimizer:
    """A run goes on with the groups of parameters that it began with."""
    decay_all = resume is not None and len(resume.optimizer["param_groups"]) == 1
    return make_optimizer(config, [one for one in network.parameters() if one.requires_grad], decay_all=decay_all)
