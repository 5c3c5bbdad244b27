"""Augmentation moves a mask with its image, and changes each image in its own way."""

import pytest
import torch

from cnnmodels.config import CHANGES
from cnnmodels.data.augment import augment
from cnnmodels.data.image_data import VOID

MOVES = ["flip", "vertical_flip", "shift", "zoom", "crop", "rotate", "spin"]


def marked(count=6, height=24, width=32):
    """Images whose only bright block is where their mask is 1."""
    images = torch.zeros(count, 3, height, width)
    targets = torch.zeros(count, height, width, dtype=torch.uint8)
    for number in range(count):
        top, left = 6 + number, 4 + 3 * number
        images[number, :, top : top + 5, left : left + 5] = 255
        targets[number, top : top + 5, left : left + 5] = 1
    return images, targets


def photos(count=4, height=24, width=32):
    return torch.rand(count, 3, height, width, generator=generator()) * 255


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("change", MOVES)
def test_the_mask_moves_with_its_image(change):
    images, targets = augment(*marked(), {change}, 1.0, generator())
    bright = images.mean(1) > 127
    assert (targets == 1)[bright].float().mean() > 0.9
    assert bright[targets == 1].float().mean() > 0.9
    assert (targets == 1).sum() > 0


@pytest.mark.parametrize("change", CHANGES)
def test_equal_generators_give_equal_batches_and_other_ones_others(change):
    images, masks = photos(), marked(4)[1]
    one, same, other = (augment(images, masks, {change}, 1.0, generator(seed)) for seed in (0, 0, 3))
    assert torch.equal(one[0], same[0])
    assert torch.equal(one[1], same[1])
    assert not torch.equal(one[0], other[0])


@pytest.mark.parametrize("change", CHANGES)
def test_shapes_types_and_the_range_stay(change):
    images, targets = augment(photos(), marked(4)[1], {change}, 1.0, generator())
    assert images.shape == (4, 3, 24, 32)
    assert targets.shape == (4, 24, 32)
    assert targets.dtype == torch.uint8
    assert torch.isfinite(images).all()
    assert images.min() >= 0
    assert images.max() <= 255 + 1e-3


@pytest.mark.parametrize("change", CHANGES)
def test_every_image_changes_in_its_own_way(change):
    same = photos(1).expand(8, -1, -1, -1).contiguous()
    changed, _ = augment(same, None, {change}, 1.0, generator())
    assert len({tuple(image.flatten().tolist()) for image in changed}) > 1


@pytest.mark.parametrize("change", ["shift", "zoom", "crop", "rotate", "color", "noise", "erase"])
def test_a_strength_of_nothing_changes_nothing(change):
    images, masks = photos(), marked(4)[1]
    after = augment(images, masks, {change}, 0.0, generator())
    torch.testing.assert_close(after[0], images, atol=1e-2, rtol=0)
    assert torch.equal(after[1], masks)


@pytest.mark.parametrize("change", ["shift", "zoom", "rotate", "color", "blur", "noise", "erase"])
def test_more_strength_changes_more(change):
    images = torch.nn.functional.avg_pool2d(photos(64), 5, 1, 2)
    changes = [(augment(images, None, {change}, one, generator())[0] - images).abs().mean() for one in (0.2, 0.5, 1.0)]
    assert changes == sorted(changes)
    assert changes[0] < changes[2]


@pytest.mark.parametrize("change", ["flip", "vertical_flip"])
def test_a_mirrored_image_mirrored_again_is_itself(change):
    images, targets = marked()
    once = augment(images, targets, {change}, 0.5, generator())
    twice = augment(*once, {change}, 0.5, generator())
    assert torch.equal(twice[0], images)
    assert torch.equal(twice[1], targets)


def test_a_shift_moves_by_whole_pixels_without_blurring():
    images, _ = marked()
    shifted, _ = augment(images, None, {"shift"}, 0.5, generator())
    assert ((shifted < 0.1) | (shifted > 254.9)).all()


def test_what_comes_from_beyond_an_edge_has_the_label_of_what_is_reflected_there():
    _, targets = augment(*marked(), {"rotate", "shift"}, 1.0, generator())
    assert not (targets == VOID).any()


def test_what_is_erased_counts_nowhere():
    images, masks = photos(), marked(4)[1]
    after, targets = augment(images, masks, {"erase"}, 1.0, generator())
    erased = targets == VOID
    assert 0 < erased.float().mean() < 0.4
    assert torch.equal(after.movedim(1, -1)[~erased], images.movedim(1, -1)[~erased])


@pytest.mark.parametrize("change", CHANGES)
def test_images_without_masks_change_as_they_would_with_them(change):
    images, masks = photos(), marked(4)[1]
    alone, both = (augment(images, one, {change}, 0.7, generator())[0] for one in (None, masks))
    assert torch.equal(alone, both)
