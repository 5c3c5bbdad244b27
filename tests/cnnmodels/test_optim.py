"""Optimizers: which knobs they take, and what is decayed."""

import pytest
import torch
from torch import nn

from cnnmodels.config import parse
from cnnmodels.optim import make_optimizer, set_step


@pytest.mark.parametrize(
    ("name", "kind"), [("sgd", torch.optim.SGD), ("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)]
)
def test_optimizers_take_their_knobs(name, kind):
    config = parse({"optimizer": name, "lr": 0.2, "weight_decay": 0.01, "momentum": 0.8})
    optimizer = make_optimizer(config, [torch.nn.Parameter(torch.zeros(1, 1))])
    assert isinstance(optimizer, kind)
    assert optimizer.defaults["lr"] == 0.2
    assert optimizer.param_groups[0]["weight_decay"] == 0.01
    if name == "sgd":
        assert optimizer.defaults["momentum"] == 0.8
        assert optimizer.defaults["nesterov"]


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_a_step_is_that_of_torch_s_own_to_the_bit(name):
    config, ours = parse({"optimizer": name, "lr": 0.2, "weight_decay": 0.01, "momentum": 0.8}), make_linear()
    optimizers = [(ours, make_optimizer(config, ours.parameters(), decay_all=True))]
    theirs, options = make_linear(), {"momentum": 0.8, "nesterov": True} if name == "sgd" else {}
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[name]
    optimizers.append((theirs, kind(theirs.parameters(), lr=0.2, weight_decay=0.01, fused=True, **options)))
    for network, optimizer in optimizers:
        for step in range(3):
            optimizer.zero_grad()
            network(torch.full((4, 2), step + 0.5)).square().sum().backward()
            optimizer.step()
        optimizer.load_state_dict(optimizer.state_dict())
    assert torch.equal(ours.weight, theirs.weight)
    assert not ours.weight.grad.requires_grad
    assert optimizers[0][1].state_dict()["param_groups"] == optimizers[1][1].state_dict()["param_groups"]


def make_linear() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(2, 3)


def test_biases_and_norms_are_not_decayed():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
    weights, others = make_optimizer(parse({"weight_decay": 0.1}), network.parameters()).param_groups
    assert (weights["weight_decay"], others["weight_decay"]) == (0.1, 0.0)
    assert [one.ndim for one in weights["params"]] == [4, 2]
    assert len(others["params"]) == 4


def test_a_run_that_began_with_one_group_goes_on_with_one():
    (group,) = make_optimizer(parse({"weight_decay": 0.1}), nn.Linear(2, 2).parameters(), decay_all=True).param_groups
    assert len(group["params"]) == 2


@pytest.mark.parametrize("rule", ["sgd", "adam", "adamw"])
def test_the_rate_and_the_momentum_are_those_of_every_group(rule):
    optimizer = make_optimizer(parse({"optimizer": rule}), nn.Linear(2, 2).parameters())
    set_step(optimizer, 0.5, 0.8)
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 0.5]
    assert [group.get("momentum", group.get("betas", [0])[0]) for group in optimizer.param_groups] == [0.8, 0.8]
