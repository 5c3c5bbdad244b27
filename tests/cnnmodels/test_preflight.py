"""The pre-flight: what it says of numbers, and of real images with true and with wrong masks."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch

from cnnmodels.config import parse
from cnnmodels.data import DataSpec
from cnnmodels.data import load as load_data
from cnnmodels.preflight import STEPS, Losses, judged, measured, preflight
from cnnmodels.tasks import make_task

CPU = torch.device("cpu")
GUESSING = math.log(10)
FALLING = [2.3 * 0.9**step for step in range(STEPS)]
AHEAD = [0.2 + 0.01 * (step % 3) for step in range(STEPS)]
LEVEL = [0.1 * (-1) ** step for step in range(STEPS)]


def checks(by_heart=FALLING, own_rate=FALLING, ahead=AHEAD, guessing=GUESSING):
    return [one.check for one in judged(Losses(by_heart, own_rate, ahead), guessing, parse({"lr": 0.5}))]


def test_where_nothing_is_wrong_nothing_is_said():
    assert checks() == []
    assert checks(own_rate=[], ahead=[]) == []
    assert checks(by_heart=[0.05 * 0.9**step for step in range(STEPS)], own_rate=[], ahead=[], guessing=None) == []


@pytest.mark.parametrize("start", [9.0, 0.1, math.nan])
def test_a_loss_that_begins_far_from_that_of_guessing_is_told(start):
    assert "start" in checks(by_heart=[start, *FALLING[1:]])


@pytest.mark.parametrize("stuck", [[2.3] * STEPS, [math.nan] * STEPS])
def test_a_batch_that_is_not_learnt_is_told(stuck):
    assert "batch" in checks(by_heart=stuck)


def test_masks_that_fit_their_images_no_better_than_others_are_told():
    assert checks(ahead=LEVEL) == ["targets"]
    assert checks(ahead=[0.0] * STEPS) == ["targets"]


def test_a_rate_at_which_the_loss_rises_is_told_with_the_rate():
    (found,) = judged(Losses(FALLING, [2.3] * 10 + [9.0] * 10, AHEAD), GUESSING, parse({"lr": 0.5}))
    assert found.text == "with lr 0.5 the loss of a few images rises from 2.3 to 9: look at the learning rate"
    assert checks(own_rate=[math.nan] * STEPS) == ["rate"]


def test_where_time_was_up_early_only_the_start_is_judged():
    assert checks(by_heart=[2.3] * 5, own_rate=[9.0] * 5, ahead=LEVEL[:5]) == []
    assert checks(by_heart=[], own_rate=[], ahead=[]) == []
    assert checks(by_heart=[9.0] * 5) == ["start"]


@pytest.fixture(autouse=True)
def one_thread():
    """Steps as small as these are slower with several, where other processes want the cores too."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def streets(tmp_path_factory):
    spec = DataSpec(name="streets", images=200, image_size=(24, 32))
    return load_data(spec, tmp_path_factory.mktemp("cache"), "segmentation")


def config(**knobs):
    return parse({"width": 8, "levels": 2, "lr": 1e-3, **knobs})


@pytest.mark.parametrize("seed", [0, 1])
def test_true_masks_pass_and_masks_of_other_images_are_told(streets, seed):
    assert preflight(config(seed=seed), streets, CPU, seconds=60) == []
    moved = dataclasses.replace(streets.train, targets=np.roll(streets.train.targets, 50, axis=0))
    (found,) = preflight(config(seed=seed), dataclasses.replace(streets, train=moved), CPU, seconds=60)
    assert (found.check, "look whether each mask belongs to its image" in found.text) == ("targets", True)


def test_a_rate_that_is_far_too_high_is_told(streets):
    found = preflight(config(lr=10.0, optimizer="sgd", momentum=0.99), streets, CPU, seconds=60)
    assert [one.check for one in found] == ["rate"]


def test_it_takes_few_steps_and_none_when_time_is_up_and_leaves_the_random_state_alone(streets):
    before = torch.random.get_rng_state()
    task = make_task(config(), streets, CPU)
    assert len(measured(config(), streets, task, CPU, seconds=60).by_heart) == STEPS
    assert measured(config(), streets, task, CPU, seconds=-1).by_heart == []
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize(
    ("task", "name", "model"), [("classification", "shapes", "resnet18"), ("colorization", "meadows", "unet")]
)
def test_images_without_masks_are_judged_by_the_rest(tmp_path, task, name, model):
    data = load_data(DataSpec(name=name, images=40, image_size=(24, 32)), tmp_path, task)
    assert preflight(parse({"task": task, "model": model, "width": 8}), data, CPU, seconds=60) == []
