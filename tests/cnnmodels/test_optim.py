"""Learning-rate schedules, epoch by epoch."""

import pytest
import torch

from cnnmodels.config import parse
from cnnmodels.optim import make_optimizer, make_schedule


def rates(**knobs) -> list[float]:
    config = parse({"lr": 1.0, "epochs": 8, **knobs})
    optimizer = make_optimizer(config, [torch.nn.Parameter(torch.zeros(1))])
    schedule = make_schedule(config, optimizer)
    seen = []
    for _ in range(config.epochs):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return seen


@pytest.mark.parametrize(
    ("knobs", "expected"),
    [
        ({"scheduler": "none"}, [1] * 8),
        ({"scheduler": "step", "step_size": 3, "gamma": 0.1}, [1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01]),
        ({"scheduler": "multistep", "gamma": 0.5}, [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25]),
        ({"scheduler": "linear"}, [1 - epoch / 8 for epoch in range(8)]),
    ],
)
def test_the_rate_of_each_epoch(knobs, expected):
    assert rates(**knobs) == pytest.approx(expected)


def test_cosine_falls_to_almost_nothing_but_never_to_nothing():
    seen = rates(scheduler="cosine")
    assert seen[0] == 1
    assert seen == sorted(seen, reverse=True)
    assert 0 < seen[-1] < 0.05


@pytest.mark.parametrize(
    ("name", "kind"), [("sgd", torch.optim.SGD), ("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)]
)
def test_optimizers_take_their_knobs(name, kind):
    config = parse({"optimizer": name, "lr": 0.2, "weight_decay": 0.01, "momentum": 0.8})
    optimizer = make_optimizer(config, [torch.nn.Parameter(torch.zeros(1))])
    assert type(optimizer) is kind
    assert optimizer.defaults["lr"] == 0.2
    assert optimizer.defaults["weight_decay"] == 0.01
    if name == "sgd":
        assert optimizer.defaults["momentum"] == 0.8
