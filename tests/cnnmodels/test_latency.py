import pytest
import torch

from cnnmodels.config import parse
from cnnmodels.data import DataSpec, load
from cnnmodels.latency import latency_ms
from cnnmodels.training import fit
from cnnmodels.turns import Turns

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return load(
        DataSpec(name="streets", images=20, image_size=(64, 96)), tmp_path_factory.mktemp("cache"), "segmentation"
    )


def test_a_network_of_many_more_channels_takes_longer(data, tmp_path):
    small, large = (latency_ms(parse({"width": width}), data, CPU, Turns(tmp_path / "turns")) for width in (4, 64))
    assert 0 < small < large


def test_it_leaves_the_caller_s_random_numbers_alone(data):
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    latency_ms(parse({"width": 4}), data, CPU, Turns())
    assert torch.equal(torch.rand(3), expected)


def test_what_is_known_beforehand_is_a_metric_of_every_epoch(data):
    config = parse({"width": 4, "levels": 2, "epochs": 2})
    epochs = list(fit(config, data, known={"latency_ms": 7.0}, objective=("latency_ms", "min")))
    assert [epoch.metrics["latency_ms"] for epoch in epochs] == [7.0, 7.0]
    assert [epoch.is_best for epoch in epochs] == [True, False]
    assert epochs[-1].checkpoint.history[0]["latency_ms"] == 7.0


def test_taking_turns_changes_no_number(data, tmp_path):
    config = parse({"width": 4, "levels": 2, "epochs": 1})
    (plain,), (in_turns,) = fit(config, data), fit(config, data, turns=Turns(tmp_path / "turns"))
    assert plain.metrics["val_loss"] == in_turns.metrics["val_loss"]
