"""Every network keeps one contract; a new one joins the table and is tested here without an edit."""

from importlib import import_module

import pytest
import torch
from torch import nn
from torchvision.models import resnet18

from cnnmodels.config import TrialConfig, parse
from cnnmodels.models import MODELS
from cnnmodels.networks import build
from cnnmodels.networks.resnet18 import ResNet18, ResNet18Trunk

OUTPUTS = 5
VARIANTS = [
    *({"model": model} for model in MODELS),
    {"model": "unet", "skip": False},
    {"model": "unet", "activation": "leaky_relu", "dropout": 0.3, "initialization": "xavier"},
    {"model": "fcn32", "head": "transposed"},
    {"model": "transfer", "frozen": False},
    {"model": "unpooling", "activation": "leaky_relu"},
]
every_network = pytest.mark.parametrize("knobs", VARIANTS, ids=lambda knobs: " ".join(map(str, knobs.values())))


def small(knobs: dict, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    task = sorted(MODELS[knobs["model"]].tasks)[-1]
    return build(parse({"task": task, "width": 8, **knobs}), OUTPUTS)


def targets_like(logits: torch.Tensor) -> torch.Tensor:
    """A class of its own for each image."""
    labels = torch.arange(len(logits))
    return labels if logits.ndim == 2 else labels.view(-1, 1, 1).expand(len(logits), *logits.shape[2:])


def test_every_row_of_the_table_names_a_builder_and_knobs_that_there_are():
    for model in MODELS.values():
        module, _, function = model.builder.partition(":")
        assert callable(getattr(import_module(module), function))
        assert model.knobs <= set(TrialConfig.model_fields)


@every_network
@pytest.mark.parametrize(("height", "width"), [(32, 48), (37, 53), (60, 80), (16, 16)])
def test_logits_have_the_size_of_the_images_whatever_that_is(knobs, height, width):
    logits = small(knobs).eval()(torch.rand(2, 3, height, width))
    of_images = MODELS[knobs["model"]].tasks == {"classification"}
    expected = (2, OUTPUTS) if of_images else (2, OUTPUTS, height, width)
    assert logits.shape == expected
    assert torch.isfinite(logits).all()


@every_network
def test_every_parameter_gets_a_gradient_but_a_frozen_one(knobs):
    network = small(knobs).train()
    network(torch.rand(2, 3, 64, 64)).square().mean().backward()
    for name, parameter in network.named_parameters():
        frozen = knobs["model"] == "transfer" and knobs.get("frozen", True) and name.startswith("trunk.")
        assert (parameter.grad is None) == frozen, name
        assert frozen or torch.isfinite(parameter.grad).all()


@every_network
def test_saved_weights_give_equal_logits(knobs):
    one, other = small(knobs).eval(), small(knobs, seed=1).eval()
    other.load_state_dict(one.state_dict())
    images = torch.rand(1, 3, 40, 40)
    assert torch.equal(one(images), other(images))


@every_network
def test_four_images_can_be_learnt_by_heart(knobs):
    network = small({"width": 16, **knobs, "dropout": 0.0})
    images = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(120):
        logits = network(images)
        loss = nn.functional.cross_entropy(logits, targets_like(logits))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < 0.15:
            break
    assert loss.item() < 0.15


def parameters_of(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_resnet18_is_torchvisions_parameter_for_parameter_and_output_for_output():
    torch.manual_seed(0)
    theirs, ours = resnet18().eval(), ResNet18(1000).eval()
    ours.load_state_dict(theirs.state_dict())
    images = torch.rand(2, 3, 96, 64)
    with torch.no_grad():
        torch.testing.assert_close(ours(images), theirs(images))
    assert parameters_of(ours) == parameters_of(theirs) == 11_689_512


@pytest.mark.parametrize(("stem_stride", "size"), [(4, (2, 3)), (2, (4, 6)), (1, (8, 12))])
def test_a_smaller_stem_stride_keeps_the_weights_and_sees_more(stem_stride, size):
    network = ResNet18Trunk(8, stem_stride)
    network.load_state_dict(ResNet18Trunk(8).state_dict())
    assert network(torch.rand(2, 3, 64, 96)).shape == (2, 64, *size)


def test_networks_of_few_channels_train_on_small_images():
    network = build(parse({"task": "classification", "model": "resnet18", "width": 4}), 3)
    network.to(memory_format=torch.channels_last)
    for _ in range(5):
        images = torch.rand(4, 3, 32, 32).contiguous(memory_format=torch.channels_last)
        network(images).sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in network.parameters())


def test_a_frozen_trunk_keeps_its_statistics():
    network = small({"model": "transfer"}).train()
    before = {name: value.clone() for name, value in network.trunk.state_dict().items()}
    network(torch.rand(4, 3, 64, 64))
    assert all(torch.equal(before[name], value) for name, value in network.trunk.state_dict().items())


def test_the_baseline_of_the_study_has_the_layers_it_lists():
    network = build(parse({"model": "conv_deconv", "width": 32}), 21)
    down = [block[0].out_channels for block in network.encoder]
    up = [one.out_channels for one in network.decoder.ups]
    assert down == [32, 64, 128, 256, 512]
    assert up == [512, 256, 128, 64, 32]
    assert parameters_of(network.classifier) == 32 * 21 + 21


def test_the_custom_network_of_the_study_has_the_layers_it_lists():
    network = build(parse({"model": "unpooling", "width": 32}), 21)
    down = [(block[0].out_channels, block[0].kernel_size[0]) for block in network.downs]
    up = [(one.up.out_channels, one.up.kernel_size[0]) for one in network.ups]
    assert down == [(32, 11), (64, 3), (128, 3), (256, 3), (512, 3), (1024, 3)]
    assert up == [(512, 3), (256, 3), (128, 3), (64, 7), (32, 3), (32, 12)]


def test_xavier_draws_within_its_bound():
    network = build(parse({"model": "conv_deconv", "width": 8, "initialization": "xavier"}), 3)
    layer = network.encoder[1][0]
    fan_in, fan_out = 8 * 9, 16 * 9
    assert layer.weight.abs().max() <= (6 / (fan_in + fan_out)) ** 0.5
    assert not layer.bias.any()


def test_skip_connections_change_the_result_but_not_the_parameters():
    with_skips, without = small({"model": "unet"}).eval(), small({"model": "unet", "skip": False}).eval()
    assert {name: value.shape for name, value in with_skips.state_dict().items()} == {
        name: value.shape for name, value in without.state_dict().items()
    }
    images = torch.rand(1, 3, 32, 32)
    assert not torch.equal(with_skips(images), without(images))


def test_the_papers_unet_has_its_known_size():
    network = build(parse({"model": "unet", "levels": 5, "width": 64}), 21)
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.ConvTranspose2d)]
    assert len(convolutions) == 10 + 4 + 8 + 1
    channels = [block[0].out_channels for block in network.encoder]
    assert channels == [64, 128, 256, 512, 1024]
