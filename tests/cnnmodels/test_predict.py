"""Predicting with the weights of a checkpoint."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cnnmodels.checkpoint import Checkpoint
from cnnmodels.config import RENAMED_MODELS, TrialConfig, parse
from cnnmodels.data.image_data import ImageData, Split
from cnnmodels.errors import CheckpointError
from cnnmodels.networks import build
from cnnmodels.predict import load_network, predict

HEIGHT, WIDTH = 21, 26


def checkpoint_of(config: TrialConfig, outputs: int, network: torch.nn.Module) -> Checkpoint:
    return Checkpoint(config.model_dump(mode="json"), outputs, 1, network.state_dict(), {}, None, 0, {}, None)


def data_of(classes: int, targets: np.ndarray) -> ImageData:
    images = np.random.default_rng(0).integers(0, 256, (len(targets), 3, HEIGHT, WIDTH), dtype=np.uint8)
    split = Split(images, targets)
    names = tuple(f"class {number}" for number in range(classes))
    return ImageData(split, split, None, names, ((0, 0, 0),) * classes, "", "0", (HEIGHT, WIDTH))


@pytest.fixture(scope="module")
def masks() -> ImageData:
    targets = np.random.default_rng(1).integers(0, 3, (20, HEIGHT, WIDTH), dtype=np.uint8)
    return data_of(3, targets)


def test_a_loaded_network_is_the_saved_one_and_ready_to_predict():
    config = parse({"model": "unet", "width": 4, "levels": 3, "dropout": 0.5})
    network = build(config, 3).eval()
    loaded = load_network(checkpoint_of(config, 3, network))
    images = torch.rand(2, 3, HEIGHT, WIDTH)
    assert not loaded.training
    assert torch.equal(loaded(images), network(images))


@pytest.mark.parametrize(("earlier", "today"), RENAMED_MODELS.items())
def test_a_checkpoint_with_the_names_of_an_earlier_version_is_read(earlier, today):
    config = parse({"model": today, "width": 4, "initialization": "xavier"})
    network = build(config, 3).eval()
    saved = checkpoint_of(config, 3, network)
    knobs = {name: value for name, value in saved.config.items() if name != "initialization"}
    old = replace(saved, config={**knobs, "model": earlier, "initialisation": "xavier"})
    images = torch.rand(1, 3, HEIGHT, WIDTH)
    assert torch.equal(load_network(old)(images), network(images))


def test_loading_a_network_leaves_the_global_random_state_alone():
    config = parse({"model": "unet", "width": 4, "levels": 2})
    checkpoint = checkpoint_of(config, 3, build(config, 3))
    before = torch.random.get_rng_state()
    load_network(checkpoint)
    assert torch.equal(before, torch.random.get_rng_state())


def test_weights_of_another_network_are_refused():
    config = parse({"model": "unet", "width": 4, "levels": 2})
    checkpoint = replace(checkpoint_of(config, 3, build(config, 3)), outputs=4)
    with pytest.raises(CheckpointError, match="another network"):
        load_network(checkpoint)


@pytest.mark.parametrize("model", ["unet", "fcn32"])
def test_an_image_is_segmented_the_same_in_any_company(masks, model):
    config = parse({"model": model, "width": 4, "levels": 2})
    checkpoint = checkpoint_of(config, 3, build(config, 3))
    together = predict(checkpoint, masks, masks.val.images)  # more than one batch of them
    assert together.shape == (20, HEIGHT, WIDTH)
    assert together.dtype == np.uint8
    assert together.max() < 3
    alone = np.concatenate([predict(checkpoint, masks, masks.val.images[[number]]) for number in range(20)])
    assert (alone == together).mean() > 0.999  # another batch size may round otherwise where two classes tie


def test_a_class_beyond_the_256th_is_predicted_by_its_own_number():
    config = parse({"task": "classification", "model": "resnet18", "width": 4})
    network = build(config, 400)
    with torch.no_grad():
        network.fc.bias[300] += 1000
    data = data_of(400, np.arange(4, dtype=np.int64))
    assert predict(checkpoint_of(config, 400, network), data, data.val.images).tolist() == [300] * 4
