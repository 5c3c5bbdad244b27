"""What doing nothing gives, against what it must be by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torchmetrics.functional.image import peak_signal_noise_ratio

from cnnmodels.config import parse
from cnnmodels.data import DataSpec, ImageData
from cnnmodels.data import load as load_data
from cnnmodels.data.image_data import VOID
from cnnmodels.metric_table import METRICS
from cnnmodels.tasks.colorization import grey_of
from cnnmodels.training import fit
from cnnmodels.yardsticks import mean_color, yardsticks

CPU = torch.device("cpu")
SETS = {"classification": "shapes", "segmentation": "streets", "colorization": "meadows"}


def _run(task):
    return parse({"task": task, "model": _MODEL[task]})


@pytest.fixture(scope="module")
def sets(tmp_path_factory) -> dict[str, ImageData]:
    cache = tmp_path_factory.mktemp("cache")
    return {
        task: load_data(DataSpec(name=name, images=40, image_size=(24, 32)), cache, task) for task, name in SETS.items()
    }


def test_the_most_frequent_class_is_that_of_the_training_labels(sets):
    data = sets["classification"]
    train = dataclasses.replace(data.train, targets=np.where(np.arange(len(data.train)) < 5, 0, 2))
    val = dataclasses.replace(data.val, targets=np.resize([2, 1, 1, 0], len(data.val)))
    (found,) = yardsticks(
        _run("classification"),
        dataclasses.replace(data, train=train, val=val),
        CPU,
    )
    assert found.name == f"the most frequent class ({data.classes[2]})"
    assert found.metrics["val_accuracy"] == pytest.approx(2 / 8)
    assert found.metrics["val_macro_f1"] == pytest.approx((2 * 2 / (8 + 2)) / 3), "three classes occur, one has hits"


def test_a_constant_mask_has_the_share_of_its_class_and_an_iou_of_it_alone(sets):
    data = sets["segmentation"]
    counts = np.bincount(data.train.targets.ravel(), minlength=256)[: len(data.classes)]
    most, truth = int(counts.argmax()), data.val.targets[data.val.targets != VOID]
    (found,) = yardsticks(_run("segmentation"), data, CPU)
    share = (truth == most).mean()
    assert found.name == f"the most frequent class ({data.classes[most]})"
    assert found.metrics["val_pixel_accuracy"] == pytest.approx(share)
    assert found.metrics["val_miou"] == pytest.approx(share / len(np.unique(truth)))


def test_the_grey_image_and_the_mean_colour_have_the_error_that_they_have(sets):
    data = sets["colorization"]
    truth = torch.from_numpy(np.array(data.val.images)).float() / 255
    grey, mean = yardsticks(_run("colorization"), data, CPU)
    assert (grey.name, mean.name) == ("the grey image", "the mean colour")
    of_grey = peak_signal_noise_ratio(grey_of(truth).expand_as(truth), truth, data_range=1.0)
    assert grey.metrics["val_psnr"] == pytest.approx(float(of_grey), rel=1e-4)
    color = torch.from_numpy(np.array(data.train.images)).float().mean(dim=(0, 2, 3)) / 255
    assert mean_color(data.train) == pytest.approx(color, rel=1e-4)
    of_mean = peak_signal_noise_ratio(color.view(1, 3, 1, 1).expand_as(truth), truth, data_range=1.0)
    assert mean.metrics["val_psnr"] == pytest.approx(float(of_mean), rel=1e-4)
    assert mean.metrics["val_sharpness"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("task", SETS)
def test_a_yardstick_has_the_metrics_of_a_trial(sets, task):
    (epoch,) = fit(parse({"task": task, "width": 4, "epochs": 1, "model": _MODEL[task]}), sets[task])
    for one in yardsticks(_run(task), sets[task], CPU):
        assert one.metrics.keys() <= epoch.metrics.keys() & METRICS[task].keys()
        assert one.metrics, one.name


def test_images_that_are_black_or_white_have_a_finite_error(sets):
    data = sets["colorization"]
    black = dataclasses.replace(data.train, images=np.zeros_like(data.train.images))
    white = dataclasses.replace(data.val, images=np.full_like(data.val.images, 255))
    for one in yardsticks(
        _run("colorization"),
        dataclasses.replace(data, train=black, val=white),
        CPU,
    ):
        assert np.isfinite(list(one.metrics.values())).all()


_MODEL = {"classification": "resnet18", "segmentation": "unet", "colorization": "unet"}
