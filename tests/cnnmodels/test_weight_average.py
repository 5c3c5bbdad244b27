"""The average of the weights is a candidate of its own, and outlives a stop."""

import pytest
import torch

from cnnmodels.config import parse
from cnnmodels.networks import build
from cnnmodels.weight_average import WeightAverage


def average(kind, epochs=4):
    config = parse(
        {"task": "classification", "model": "resnet18", "width": 4, "weight_average": kind, "epochs": epochs}
    )
    network = build(config, 3)
    return WeightAverage(config, network, steps_per_epoch=10), network


def set_bias(network, value):
    with torch.no_grad():
        network.fc.bias.fill_(value)


def test_swa_is_the_mean_over_the_last_quarter():
    averaged, network = average("swa")
    for step in range(40):
        set_bias(network, step)
        averaged.update(network, step)
        assert (averaged.network is None) == (step < 30)
    assert averaged.network.fc.bias.tolist() == pytest.approx([34.5] * 3)


def test_ema_forgets_over_a_tenth_of_the_run():
    averaged, network = average("ema")
    set_bias(network, 0.0)
    averaged.update(network, 0)
    set_bias(network, 1.0)
    for step in range(1, 5):
        averaged.update(network, step)
    assert averaged.network.fc.bias.tolist() == pytest.approx([1 - (1 - 1 / 4) ** 4] * 3)


@pytest.mark.parametrize("kind", ["ema", "swa"])
def test_it_goes_on_from_its_state(kind):
    one, network = average(kind)
    for step in range(28, 36):
        set_bias(network, step)
        one.update(network, step)
    other, _ = average(kind)
    other.load_state_dict(one.state_dict())
    for averaged in (one, other):
        set_bias(network, 99.0)
        averaged.update(network, 36)
    assert torch.equal(one.network.fc.bias, other.network.fc.bias)
