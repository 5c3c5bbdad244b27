"""What one network, or several together, say of images."""

import numpy as np
import pytest
import torch

from cnnmodels.checkpoint import Checkpoint
from cnnmodels.config import parse
from cnnmodels.inference.predictor import Predictor
from cnnmodels.networks import build

CPU = torch.device("cpu")
IMAGES = np.random.default_rng(0).integers(0, 256, (5, 3, 21, 26), dtype=np.uint8)
KINDS = {
    "segmentation": {"model": "unet", "levels": 2},
    "classification": {"model": "resnet18"},
    "colorization": {"model": "unet", "levels": 2, "color_loss": "cross_entropy"},
}
CLASSES = {"segmentation": ("a", "b", "c"), "classification": ("a", "b", "c"), "colorization": ()}


def checkpoint(task: str, seed: int = 0, **knobs) -> Checkpoint:
    torch.manual_seed(seed)
    config = parse({"task": task, "width": 4, **KINDS[task], **knobs})
    outputs = len(CLASSES[task]) or 64
    weights = build(config, outputs).state_dict()
    return Checkpoint(config.model_dump(mode="json"), outputs, 1, weights, {}, None, 0, [], None)


def answers(task: str, *checkpoints: Checkpoint, images=IMAGES, **how):
    return Predictor(checkpoints, CLASSES[task], CPU, **how).answers(images)


@pytest.mark.parametrize("task", KINDS)
def test_answers_are_probabilities_or_colors_and_need_no_training_images(task):
    found = answers(task, checkpoint(task, **({} if task == "colorization" else {"class_weights": "inverse"})))
    shapes = {"classification": (5, 3), "segmentation": (5, 3, 21, 26), "colorization": (5, 3, 21, 26)}
    assert found.shape == shapes[task]
    assert 0 <= float(found.min()) <= float(found.max()) <= 1
    if task != "colorization":
        assert torch.allclose(found.sum(1), torch.ones(()), atol=1e-5)


@pytest.mark.parametrize("task", KINDS)
def test_an_ensemble_is_the_mean_of_its_networks(task):
    one, other = checkpoint(task, seed=1), checkpoint(task, seed=2)
    mean = (answers(task, one) + answers(task, other)) / 2
    assert torch.allclose(answers(task, one, other), mean, atol=1e-6)
    assert not torch.allclose(answers(task, one), answers(task, other))


@pytest.mark.parametrize("task", KINDS)
def test_with_flips_a_mirror_image_gets_the_mirrored_answer(task):
    network = checkpoint(task)
    mirrored = answers(task, network, images=IMAGES[..., ::-1], flips=True)
    found = answers(task, network, flips=True)
    assert torch.allclose(mirrored, found if found.ndim == 2 else found.flip(-1), atol=1e-5)
    assert not torch.allclose(answers(task, network), found, atol=1e-5)


def test_images_are_turned_upside_down_only_where_training_did_so():
    upright, both = checkpoint("segmentation"), checkpoint("segmentation", augmentation="flip+vertical_flip")
    for network, same in ((upright, False), (both, True)):
        turned = answers("segmentation", network, images=IMAGES[:, :, ::-1], flips=True).flip(-2)
        assert torch.allclose(turned, answers("segmentation", network, flips=True), atol=1e-5) == same
