"""What a training step computes with: what was asked for, else what the hardware has; the rest stays float32."""

from __future__ import annotations

import pytest
import torch

from cnnmodels.config import TrialConfig
from cnnmodels.data import DataSpec, load
from cnnmodels.precision import has_bfloat16, precision_on
from cnnmodels.training import fit

CPU = torch.device("cpu")


@pytest.fixture
def data(tmp_path):
    return load(DataSpec(name="streets", images=20, image_size=(16, 16)), tmp_path, "segmentation")


def run(data, precision):
    config = TrialConfig(width=4, levels=2, epochs=2, batch_size=4, precision=precision)
    return list(fit(config, data))


def test_auto_is_bfloat16_where_the_hardware_has_it(monkeypatch):
    for feature, expected in (("avx512_bf16", "bfloat16"), ("amx_bf16", "bfloat16"), ("avx2", "float32")):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda feature=feature: {feature: True}, raising=False)
        assert precision_on(CPU, "auto") == expected
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert precision_on(CPU, "auto") == "float32"
    assert not has_bfloat16(torch.device("mps"))


def test_what_was_asked_for_stays():
    assert [precision_on(CPU, word) for word in ("float32", "bfloat16")] == ["float32", "bfloat16"]


def test_auto_is_bit_for_bit_what_it_stands_for(data):
    auto, named = run(data, "auto"), run(data, precision_on(CPU, "auto"))
    assert [one.metrics["val_loss"] for one in auto] == [one.metrics["val_loss"] for one in named]


def test_bfloat16_learns_alike_and_keeps_its_weights_in_float32(data):
    whole, half = run(data, "float32"), run(data, "bfloat16")
    assert (whole[-1].precision, half[-1].precision) == ("float32", "bfloat16")
    assert half[-1].metrics["train_loss"] != whole[-1].metrics["train_loss"]
    assert half[-1].metrics["train_loss"] == pytest.approx(whole[-1].metrics["train_loss"], rel=0.05)
    kept = half[-1].checkpoint.network.values()
    assert {one.dtype for one in kept if one.is_floating_point()} == {torch.float32}


@pytest.mark.parametrize(
    ("task", "model"), [("classification", "resnet18"), ("colorization", "unet"), ("segmentation", "fcn32")]
)
def test_every_task_trains_in_bfloat16(tmp_path, task, model):
    name = {"classification": "shapes", "colorization": "meadows", "segmentation": "streets"}[task]
    few = load(DataSpec(name=name, images=20, image_size=(32, 32)), tmp_path, task)
    config = TrialConfig(task=task, model=model, width=4, backbone="random", epochs=1, precision="bfloat16")
    (result,) = fit(config, few)
    assert result.ended == "completed"


def test_where_bfloat16_would_spoil_gradients_a_run_is_float32(tmp_path):
    data = load(DataSpec(name="streets", images=20, image_size=(32, 32)), tmp_path, "segmentation")
    for model, precision in (("unpooling", "float32"), ("unet", "bfloat16")):  # the one goes down to a single pixel
        (epoch,) = fit(TrialConfig(model=model, width=4, epochs=1, batch_size=4, precision="bfloat16"), data)
        assert (epoch.precision, epoch.ended) == (precision, "completed")
