"""Augmentation moves a mask with its image."""

import pytest
import torch

from cnnmodels.data.augment import augment
from cnnmodels.data.image_data import VOID

KINDS = ["none", "flip", "rotate", "crop", "all"]


def marked(count=6, height=24, width=32):
    """Images whose only bright block is where their mask is 1."""
    images = torch.zeros(count, 3, height, width)
    targets = torch.zeros(count, height, width, dtype=torch.uint8)
    for number in range(count):
        top, left = 6 + number, 4 + 3 * number
        images[number, :, top : top + 5, left : left + 5] = 1
        targets[number, top : top + 5, left : left + 5] = 1
    return images, targets


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", KINDS)
def test_the_mask_moves_with_its_image(kind):
    images, targets = augment(*marked(), kind, generator())
    bright = images.mean(1) > 0.5
    inside = targets != VOID
    assert ((targets == 1) & inside)[bright & inside].float().mean() > 0.9
    assert (targets == 1).sum() > 0


@pytest.mark.parametrize("kind", KINDS)
def test_equal_generators_give_equal_batches(kind):
    one, other = augment(*marked(), kind, generator()), augment(*marked(), kind, generator())
    assert torch.equal(one[0], other[0])
    assert torch.equal(one[1], other[1])


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_and_types_stay(kind):
    images, targets = augment(*marked(), kind, generator())
    assert images.shape == (6, 3, 24, 32)
    assert targets.shape == (6, 24, 32)
    assert targets.dtype == torch.uint8


@pytest.mark.parametrize("kind", KINDS[1:])
def test_every_kind_but_none_changes_something(kind):
    before = marked()
    after = augment(*before, kind, generator())
    assert not torch.equal(before[0], after[0])


def test_a_mirrored_image_mirrored_again_is_itself():
    images, targets = marked()
    once = augment(images, targets, "flip", generator())
    twice = augment(*once, "flip", generator())
    assert torch.equal(twice[0], images)
    assert torch.equal(twice[1], targets)


def test_what_a_rotation_brings_in_from_outside_is_void():
    images, targets = augment(*marked(), "rotate", generator())
    assert (targets == VOID).any()
    assert torch.isfinite(images).all()


def test_a_crop_brings_in_nothing_from_outside():
    _, targets = augment(*marked(), "crop", generator())
    assert not (targets == VOID).any()


@pytest.mark.parametrize("kind", KINDS)
def test_images_without_masks_move_as_they_would_with_them(kind):
    images, masks = marked()
    assert torch.equal(augment(images, None, kind, generator())[0], augment(images, masks, kind, generator())[0])
