"""Every network keeps one contract; a new one joins the table and is tested here without an edit."""

import pytest
import torch
from torch import nn
from torchvision.models import resnet18

from cnnmodels.config import MODEL_TASKS, parse
from cnnmodels.networks import NETWORKS, build
from cnnmodels.networks.resnet import ResNet18Trunk

OUTPUTS = 5


def small(model: str, **knobs) -> nn.Module:
    torch.manual_seed(0)
    return build(parse({"task": MODEL_TASKS[model], "model": model, "width": 8, **knobs}), OUTPUTS)


def test_every_model_of_the_configuration_has_a_network():
    assert set(NETWORKS) == set(MODEL_TASKS)


@pytest.mark.parametrize("model", NETWORKS)
@pytest.mark.parametrize(("height", "width"), [(32, 48), (37, 53), (60, 80), (16, 16)])
def test_logits_have_the_size_of_the_images_whatever_that_is(model, height, width):
    logits = small(model).eval()(torch.rand(2, 3, height, width))
    assert logits.shape == (2, OUTPUTS, height, width)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("model", NETWORKS)
def test_every_parameter_gets_a_gradient(model):
    network = small(model)
    network(torch.rand(2, 3, 64, 64)).square().mean().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
    assert all(torch.isfinite(parameter.grad).all() for parameter in network.parameters())


@pytest.mark.parametrize("model", NETWORKS)
def test_saved_weights_give_equal_logits(model):
    one, other = small(model).eval(), small(model, seed=1).eval()
    other.load_state_dict(one.state_dict())
    images = torch.rand(1, 3, 40, 40)
    assert torch.equal(one(images), other(images))


@pytest.mark.parametrize("model", NETWORKS)
def test_four_images_can_be_learnt_by_heart(model):
    network = small(model, width=16)
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(4, 3, 32, 32, generator=generator)
    targets = torch.arange(4).view(4, 1, 1).expand(4, 32, 32)  # each image a class of its own
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(120):
        loss = nn.functional.cross_entropy(network(images), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1


def test_the_trunk_is_torchvisions_resnet18_without_its_classifier():
    torch.manual_seed(0)
    theirs, ours = resnet18().eval(), ResNet18Trunk(64).eval()
    weights = {name: value for name, value in theirs.state_dict().items() if not name.startswith("fc.")}
    ours.load_state_dict(weights)
    images = torch.rand(2, 3, 96, 64)
    with torch.no_grad():
        features = ours(images)
        expected = theirs.fc(features.mean((2, 3)))
        torch.testing.assert_close(expected, theirs(images))
    classifier = sum(parameter.numel() for parameter in theirs.fc.parameters())
    assert sum(parameter.numel() for parameter in ours.parameters()) == 11_689_512 - classifier


def test_skip_connections_change_the_result_but_not_the_parameters():
    with_skips, without = small("unet").eval(), small("unet", skip=False).eval()
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
