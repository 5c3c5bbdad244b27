"""A device computes ahead of the processor: nothing in a step waits for it, whatever the step is made of."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from cnnmodels.config import CHANGES, parse
from cnnmodels.data.image_data import VOID, ImageData, Split
from cnnmodels.evaluation import evaluate
from cnnmodels.learner import Learner

CPU = torch.device("cpu")
# What needs a value, or a number of values, of a tensor, so that a GPU's queue has to run dry first.
WAITS = {"_local_scalar_dense", "nonzero", "masked_select", "bincount", "unique", "_unique2", "item"}
CASES = {
    "segmentation": {"model": "unet", "region_loss": "dice", "augmentation": "+".join(CHANGES)},
    "classification": {"model": "resnet18", "task": "classification", "mixing": "none", "class_weights": "inverse"},
    "colorization": {"model": "unet", "task": "colorization", "color_loss": "l1"},
    "cross-entropy colours": {"model": "unet", "task": "colorization", "color_loss": "cross_entropy"},
}


class Waits(TorchDispatchMode):
    """Notes the operations that would wait for a GPU."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        name = function.overloadpacket.__name__
        by_mask = name in ("index", "index_put_") and any(
            one is not None and one.dtype in (torch.bool, torch.uint8) for one in arguments[1]
        )
        if name in WAITS or by_mask:
            self.seen.append(name)
        return function(*arguments, **(options or {}))


def images(task, count):
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)
    targets = None
    if task == "segmentation":
        targets = random.integers(0, 3, (count, 32, 32), dtype=np.uint8)
        targets[:, 0] = VOID
    elif task == "classification":
        targets = random.integers(0, 3, count)
    split = Split(pixels, targets)
    classes = () if task == "colorization" else ("a", "b", "c")
    return ImageData(split, split, None, classes, ((0, 0, 0),) * len(classes), "noise", "0", (32, 32))


def learner(case, count):
    knobs = {"width": 8, "batch_size": 2, "epochs": 2, "lr": 0.001, "gradient_clip": 1.0, **CASES[case]}
    if "unet" in knobs["model"]:
        knobs["levels"] = 2
    config = parse(knobs)
    data = images(config.task, count)
    return Learner(config, data, CPU, None), data


@pytest.mark.parametrize("room", [0, 10**9], ids=["mapped", "on the device"])
@pytest.mark.parametrize("case", CASES)
def test_an_epoch_waits_no_more_often_the_more_steps_it_has(case, room, monkeypatch):
    monkeypatch.setattr("cnnmodels.learner.room_on", lambda device: room)
    seen = []
    for steps in (4, 12):  # of two images; all before the second look at the loss
        of_one, data = learner(case, 2 * steps)
        of_one.train_epoch(data.train, 1)
        with Waits() as waits:
            of_one.train_epoch(data.train, 2)
        seen.append(waits.seen)
    assert seen[0] == seen[1]
    assert len(seen[0]) <= 2  # one look at the loss, and the mean


@pytest.mark.parametrize("case", CASES)
def test_a_validation_waits_no_more_often_the_more_batches_it_has(case):
    seen = []
    for count in (16, 64):
        of_one, data = learner(case, count)
        with Waits() as waits:
            evaluate(of_one._network, of_one.task, data.val, CPU)
        seen.append(waits.seen)
    assert seen[0] == seen[1]


def test_a_loss_that_is_not_finite_is_found_in_its_epoch():
    of_one, data = learner("colorization", 40)
    broken = dataclasses.replace(data, train=Split(data.train.images, None))
    with torch.no_grad():
        for parameter in of_one._network.parameters():
            parameter.fill_(float("nan"))
    loss, _ = of_one.train_epoch(broken.train, 1)
    assert not np.isfinite(loss)
