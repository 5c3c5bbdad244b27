"""Classification and colorization: inputs, losses and metrics."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torchmetrics.functional.image import peak_signal_noise_ratio

from cnnmodels.checkpoint import load, save
from cnnmodels.config import parse
from cnnmodels.data import DataSpec
from cnnmodels.data import load as load_data
from cnnmodels.evaluation import evaluate
from cnnmodels.metric_names import metric_name
from cnnmodels.networks import build
from cnnmodels.predict import predict
from cnnmodels.tasks import TASKS, make_task
from cnnmodels.tasks.colorization import gradient_energy, palette, quantised
from cnnmodels.training import fit
from tests.repeatable import repeatable

CPU = torch.device("cpu")
SETS = {"classification": "shapes", "segmentation": "streets", "colorization": "meadows"}
MODELS = {"classification": "resnet18", "segmentation": "unet", "colorization": "unet"}


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    return {
        task: load_data(DataSpec(name=name, images=30, image_size=(24, 32)), cache, task) for task, name in SETS.items()
    }


def config(task: str, **knobs):
    small = {"levels": 2} if MODELS[task] == "unet" else {}
    return parse({"task": task, "model": MODELS[task], "width": 4, "epochs": 2, "batch_size": 4, **small, **knobs})


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("augmentation", ["none", "all"])
def test_every_task_trains_resumes_and_predicts(sets, tmp_path, task, augmentation):
    data, wanted = sets[task], config(task, augmentation=augmentation, epochs=3)
    whole = [repeatable(result.metrics) for result in fit(wanted, data)]
    for result in fit(wanted, data):
        save(result.checkpoint, tmp_path / "last.pt")
        if result.epoch == 1:
            break
    resumed = [repeatable(result.metrics) for result in fit(wanted, data, resume=load(tmp_path / "last.pt"))]
    assert resumed == whole[1:]
    assert make_task(wanted, data, CPU).objective[0] in whole[0]
    predictions = predict(load(tmp_path / "last.pt"), data, np.asarray(data.val.images[:3]))
    expected = {"classification": (3,), "segmentation": (3, 24, 32), "colorization": (3, 3, 24, 32)}[task]
    assert predictions.shape == expected


@pytest.mark.parametrize("task", TASKS)
def test_dropout_is_seeded_too(sets, task):
    wanted = config(task, dropout=0.5, epochs=1)
    torch.manual_seed(1)
    one = [repeatable(result.metrics) for result in fit(wanted, sets[task])]
    torch.manual_seed(2)
    assert [repeatable(result.metrics) for result in fit(wanted, sets[task])] == one


def test_a_class_of_no_validation_image_has_no_row_and_the_rows_average_to_the_headline(sets):
    data = sets["segmentation"]
    targets = np.where(np.isin(data.val.targets, (0, 1, 2)), data.val.targets, 255).astype(np.uint8)
    few = dataclasses.replace(data, val=dataclasses.replace(data.val, targets=targets))
    (result,) = fit(config("segmentation", epochs=1), few)
    rows = {name: value for name, value in result.metrics.items() if name.startswith("val_iou_")}
    assert set(rows) == {metric_name(name) for name in few.occurring(few.val)}
    assert len(rows) <= 3 < len(few.classes)
    assert result.metrics["val_miou"] == pytest.approx(sum(rows.values()) / len(rows))


@pytest.mark.parametrize(
    ("task", "other"),
    [
        ("classification", {"label_smoothing": 0.3, "class_weights": "inverse"}),
        ("segmentation", {"label_smoothing": 0.3, "class_weights": "inverse", "region_loss": "dice"}),
        ("colorization", {"color_loss": "l1"}),
    ],
)
def test_the_validation_loss_has_the_same_unit_whatever_is_trained_on(sets, task, other):
    def measured(**knobs):
        asked = config(task, **knobs)
        made = make_task(asked, sets[task], CPU)
        torch.manual_seed(0)
        return evaluate(build(asked, made.outputs), made, sets[task].val, CPU)["val_loss"]

    assert measured(**other) == pytest.approx(measured(), rel=1e-6)


def test_label_smoothing_raises_the_loss_of_a_sure_and_right_answer(sets):
    data = sets["classification"]
    logits = torch.full((2, len(data.classes)), -9.0)
    logits[:, 3] = 9
    losses = [
        make_task(config("classification", label_smoothing=smoothing), data, CPU).loss(
            logits, torch.zeros(2, 3, 1, 1), torch.tensor([3, 3])
        )[0]
        for smoothing in (0.0, 0.1)
    ]
    assert losses[0] < 0.01 < losses[1]


def test_a_network_that_colours_sees_grey_alone(sets):
    task = make_task(config("colorization"), sets["colorization"], CPU)
    images = torch.rand(2, 3, 5, 5) * 255
    shown = task.inputs(images)
    assert torch.equal(shown[:, 0], shown[:, 1])
    swapped = task.inputs(images.mean(1, keepdim=True).expand(-1, 3, -1, -1))
    assert not torch.equal(shown, swapped)
    assert shown.min() >= -1
    assert shown.max() <= 1


def test_psnr_agrees_with_torchmetrics_and_a_perfect_answer_is_perfect(sets):
    task = make_task(config("colorization"), sets["colorization"], CPU)
    images = torch.from_numpy(np.array(sets["colorization"].val.images)).float()
    logits = torch.logit((images / 255).clamp(0.01, 0.99)) + 0.3 * torch.randn(images.shape)
    task.count(logits[:2], images[:2], None)
    task.count(logits[2:], images[2:], None)
    expected = peak_signal_noise_ratio(logits.sigmoid(), images / 255, data_range=1.0)
    assert task.metrics()["val_psnr"] == pytest.approx(float(expected), rel=1e-5)
    task.start_validation()
    task.count(torch.logit((images / 255).clamp(1e-6, 1 - 1e-6)), images, None)
    perfect = task.metrics()
    assert perfect["val_psnr"] > 60
    assert perfect["val_ssim"] == pytest.approx(1, abs=1e-3)
    assert perfect["val_sharpness"] == pytest.approx(1, abs=1e-3)


def test_a_blurred_answer_is_less_sharp(sets):
    images = torch.from_numpy(np.array(sets["colorization"].val.images)).float() / 255
    blurred = torch.nn.functional.avg_pool2d(images, 5, stride=1, padding=2)
    assert gradient_energy(blurred) < 0.5 * gradient_energy(images)


def test_every_colour_is_quantised_to_the_nearest_of_the_palette():
    colors = torch.rand(1, 3, 20, 20)
    nearest = palette(CPU)[quantised(colors)].permute(0, 3, 1, 2)
    assert (nearest - colors).abs().max() <= 1 / 8 + 1e-6
    distances = (colors.permute(0, 2, 3, 1).unsqueeze(-2) - palette(CPU)).square().sum(-1)
    assert torch.equal(distances.argmin(-1), quantised(colors))


@pytest.mark.parametrize("loss", ["l1", "l2", "cross_entropy", "binary_cross_entropy"])
def test_every_colour_loss_learns(sets, loss):
    results = list(fit(config("colorization", color_loss=loss, epochs=6, lr=0.01), sets["colorization"]))
    assert results[-1].metrics["train_loss"] < results[0].metrics["train_loss"]
