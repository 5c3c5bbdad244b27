"""Networks of timm and segmentation-models-pytorch, which are extras."""

import importlib.util

import pytest
import torch

from cnnmodels.config import knobs_of, parse
from cnnmodels.data import DataSpec, load
from cnnmodels.errors import ConfigError
from cnnmodels.networks import build
from cnnmodels.own.code import code_of
from cnnmodels.own.networks import use_network
from cnnmodels.training import fit


def test_a_classifier_of_timm_is_one_line():
    use_network("timm:resnet18")
    network = build(parse({"task": "classification", "model": "timm:resnet18", "dropout": 0.2}), 5).eval()
    assert network(torch.zeros(2, 3, 33, 47)).shape == (2, 5)
    assert {"dropout", "pretrained", "lr"} <= set(knobs_of("classification", "timm:resnet18"))
    assert code_of("timm:resnet18").version.startswith("timm ")
    with pytest.raises(ConfigError, match="no network 'timm:resnet18' for segmentation"):
        knobs_of("segmentation", "timm:resnet18")


@pytest.mark.parametrize("name", ["smp:Unet", "smp:FPN"])
def test_a_network_of_smp_answers_at_the_size_of_the_image(name):
    use_network(name)
    network = build(parse({"model": name, "encoder": "resnet18"}), 5).eval()
    assert network(torch.zeros(2, 3, 50, 70)).shape == (2, 5, 50, 70)


@pytest.mark.parametrize(
    ("name", "knobs"),
    [
        ("timm:resnet18", {"task": "classification"}),
        ("smp:Unet", {"task": "segmentation", "encoder": "resnet18"}),
        ("smp:Unet", {"task": "colorization", "encoder": "resnet18"}),
    ],
)
def test_one_trains_as_ours_do(tmp_path, name, knobs):
    use_network(name)
    sets = {"classification": "shapes", "segmentation": "streets", "colorization": "meadows"}
    data = load(DataSpec(name=sets[knobs["task"]], images=20, image_size=(32, 32)), tmp_path, knobs["task"])
    before, after = fit(parse({"model": name, "epochs": 2, "batch_size": 4, **knobs}), data)
    assert after.metrics["train_loss"] < before.metrics["train_loss"]


def test_an_encoder_that_smp_lacks_is_refused_with_near_names():
    use_network("smp:Unet")
    with pytest.raises(ConfigError, match=r"encoder: no such encoder; near are .*resnet18"):
        parse({"model": "smp:Unet", "encoder": "resnet81"})


def test_a_network_that_timm_lacks_is_refused_with_near_names():
    with pytest.raises(ConfigError, match="timm has no such network; did you mean timm:resnet34"):
        use_network("timm:resnet3 4".replace(" ", "_"))


def test_a_network_that_smp_lacks_is_refused_with_near_names():
    with pytest.raises(ConfigError, match="has no such network; did you mean smp:Unet"):
        use_network("smp:UNet")


@pytest.mark.parametrize("extra", ["timm", "smp"])
def test_where_the_package_is_missing_the_command_that_brings_it_is_named(monkeypatch, extra):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=rf"pip install '\.\[{extra}\]'"):
        use_network(f"{extra}:anything")
