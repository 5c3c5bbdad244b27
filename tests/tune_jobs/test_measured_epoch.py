"""A measured epoch: of which images, beside how many others, and how a part of it makes a whole one."""

import pytest

from cnnmodels.data import DataSpec, load
from tune_jobs.measured_epoch import at_once, enough_seconds, first_batches, scaled
from tune_jobs.resources.slots import Slots


@pytest.fixture
def data(tmp_path):
    return load(DataSpec(name="streets", images=100, image_size=(24, 32)), tmp_path, "segmentation")


def test_a_few_batches_are_measured_and_no_more_than_there_are(data):
    part = first_batches(data, batch_size=4)
    assert (len(part.train), len(part.val)) == (32, 20)
    assert len(part.train.targets) == 32
    assert (part.classes, part.image_size) == (data.classes, data.image_size)
    assert len(first_batches(data, batch_size=64).train) == len(data.train) == 80


def test_images_without_targets_are_a_few_batches_as_well(tmp_path):
    photos = load(DataSpec(name="meadows", images=20, image_size=(24, 32)), tmp_path, "colorization")
    assert first_batches(photos, batch_size=1).train.targets is None


def test_seconds_grow_with_the_images_of_each_split(data):
    part = first_batches(data, batch_size=1)  # 8 of 80, and 8 of 20
    seconds = {"data": 0.5, "train": 1.5, "validate": 0.4}
    assert scaled(seconds, part, data) == pytest.approx(2.0 * 10 + 0.4 * 2.5)
    assert scaled(seconds, data, data) == pytest.approx(2.4)


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        (Slots(count=2, cpus=1, gpus=0), 2),
        (Slots(count=64, cpus=1, gpus=0), 8),
        (Slots(count=8, cpus=1, gpus=0.25), 4),
        (Slots(count=2, cpus=1, gpus=0.25), 2),
        (Slots(count=8, cpus=1, gpus=1.0), 1),
        (Slots(count=3, cpus=1, gpus=1 / 3), 3),
    ],
)
def test_those_that_share_a_gpu_or_the_cores_are_measured_beside_each_other(slots, expected):
    assert at_once(slots) == expected


def test_a_longer_limit_is_measured_for_longer_within_bounds():
    assert [enough_seconds(limit) for limit in (None, 60, 600, 36_000)] == [3.0, 3.0, 12.0, 15.0]
