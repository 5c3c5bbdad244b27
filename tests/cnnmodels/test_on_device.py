"""A split on the device gives the batches that the mapped one gives, and is only put there where there is room."""

import dataclasses

import numpy as np
import pytest
import torch

from cnnmodels import learner
from cnnmodels.batches import gather
from cnnmodels.config import CHANGES, parse
from cnnmodels.data.image_data import VOID, ImageData, Split
from cnnmodels.data.joined import joined
from cnnmodels.on_device import OnDevice, bytes_on_device, room_on
from cnnmodels.training import fit
from tests.repeatable import repeatable

CPU = torch.device("cpu")


class Watched(np.ndarray):
    """An array that counts how often rows of it are taken."""

    taken = 0

    def __getitem__(self, chosen):
        Watched.taken += 1
        return np.asarray(self)[chosen]


def split(task, count, seed):
    random = np.random.default_rng(seed)
    images = random.integers(0, 256, (count, 3, 16, 24), dtype=np.uint8)
    if task == "colorization":
        return Split(images, None)
    if task == "classification":
        return Split(images, random.integers(0, 3, count))
    targets = random.integers(0, 3, (count, 16, 24), dtype=np.uint8)
    targets[:, 0] = VOID
    return Split(images, targets)


def data_of(task):
    classes = () if task == "colorization" else ("a", "b", "c")
    return ImageData(
        train=split(task, 13, 0),
        val=split(task, 6, 1),
        test=None,
        classes=classes,
        colors=((0, 0, 0),) * len(classes),
        layout="noise",
        fingerprint="0",
        image_size=(16, 24),
    )


def config(task, **knobs):
    model = {"model": "resnet18"} if task == "classification" else {"model": "unet", "levels": 2}
    changes = "flip+shift" if task == "colorization" else "+".join(CHANGES)
    common = {"task": task, "width": 8, "batch_size": 4, "epochs": 3, "augmentation": changes}
    return parse({**common, **model, **knobs})


TASKS = ["segmentation", "classification", "colorization"]


@pytest.fixture
def room(monkeypatch):
    """Says that the device has so many bytes of room."""
    return lambda size: monkeypatch.setattr(learner, "room_on", lambda device: size)


@pytest.mark.parametrize("task", TASKS)
def test_rows_are_those_of_the_mapped_split(task, tmp_path):
    here = split(task, 600, 0)  # more than are copied at once
    np.save(tmp_path / "images.npy", here.images)
    here = dataclasses.replace(here, images=np.load(tmp_path / "images.npy", mmap_mode="r"))
    near, indices = OnDevice(here, CPU), torch.tensor([599, 0, 256, 255, 3])
    assert len(near) == 600
    for one, other in zip(gather(here, indices, CPU), gather(near, indices, CPU), strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert one.dtype == other.dtype
            assert torch.equal(one, other)


@pytest.mark.parametrize("task", TASKS)
def test_a_run_is_the_same_bit_for_bit_wherever_its_images_lie(task, room):
    data, knobs = data_of(task), config(task, weight_average="ema")
    *_, mapped = fit(knobs, data)
    room(10**9)
    *_, near = fit(knobs, data)
    assert all(torch.equal(value, near.checkpoint.network[name]) for name, value in mapped.checkpoint.network.items())
    assert repeatable(mapped.metrics) == repeatable(near.metrics)


@pytest.mark.parametrize(("size", "wanted"), [(10**9, 0), (0, 3 + 2 + 2 * 1)], ids=["room", "no room"])
def test_from_the_second_epoch_on_no_image_comes_from_the_processor_where_there_is_room(room, size, wanted):
    data = data_of("segmentation")
    watched = Split(data.train.images.view(Watched), data.train.targets)
    epochs = fit(config("segmentation"), dataclasses.replace(data, train=watched))
    room(size)
    next(epochs)
    next(epochs)  # in which they are put there
    Watched.taken = 0
    next(epochs)
    assert (Watched.taken == 0) == (wanted == 0)


def test_one_epoch_alone_puts_nothing_there(monkeypatch):
    """The share of a GPU that a trial needs is measured by one epoch."""

    def refused(*_):
        raise AssertionError

    monkeypatch.setattr(learner, "room_on", refused)
    *_, last = fit(config("segmentation", epochs=1), data_of("segmentation"))
    assert last.ended == "completed"


def test_a_device_that_fills_meanwhile_leaves_the_images_where_they_are(room, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError

    room(10**9)
    monkeypatch.setattr(learner, "OnDevice", full)
    *_, last = fit(config("segmentation"), data_of("segmentation"))
    assert last.ended == "completed"


def test_without_room_for_all_of_it_none_of_it_is_put_there(room, monkeypatch):
    data = data_of("segmentation")
    put = []
    monkeypatch.setattr(learner, "OnDevice", lambda *arguments: put.append(arguments) or OnDevice(*arguments))
    room(bytes_on_device([data.train, data.val]))  # the network and some training images are not in it
    list(fit(config("segmentation"), data))
    assert put == []


def test_what_splits_take_is_their_pixels_and_targets():
    data = data_of("segmentation")
    assert bytes_on_device([data.train, data.val]) == (13 + 6) * 16 * 24 * (3 + 1)
    assert bytes_on_device([data_of("colorization").val]) == 6 * 16 * 24 * 3


def test_training_and_validation_images_together_can_be_put_there(room):
    data, knobs = joined(data_of("segmentation")), config("segmentation")
    *_, mapped = fit(knobs, data)
    room(10**9)
    *_, near = fit(knobs, data)
    assert repeatable(mapped.metrics) == repeatable(near.metrics)


def test_a_processor_has_the_mapped_pages_and_needs_no_copy():
    assert room_on(CPU) == 0


def test_room_on_a_gpu_is_what_its_share_and_the_others_leave(monkeypatch):
    gib = 2**30
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda number: (30 * gib, 80 * gib))
    monkeypatch.setattr(torch.cuda, "get_per_process_memory_fraction", lambda number: 0.25)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda number: 5 * gib)
    assert room_on(torch.device("cuda:0")) == int(0.8 * 15 * gib)  # of a share of 20
    monkeypatch.setattr(torch.cuda, "get_per_process_memory_fraction", lambda number: 1.0)
    assert room_on(torch.device("cuda:0")) == int(0.8 * 30 * gib)  # the others have 45
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda number: 81 * gib)
    assert room_on(torch.device("cuda:0")) == 0
