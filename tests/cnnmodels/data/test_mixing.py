"""Mixed images carry the shares of what they are mixed of."""

import pytest
import torch

from cnnmodels.data.mixing import mix


def plain_images():
    """Each image has the number of its class as its only value."""
    labels = torch.arange(6)
    return labels.float().view(-1, 1, 1, 1).expand(-1, 3, 16, 20).clone(), labels


@pytest.mark.parametrize("kind", ["mixup", "cutmix"])
@pytest.mark.parametrize("seed", range(10))
def test_the_labels_hold_the_share_of_each_image(kind, seed):
    images, labels = plain_images()
    mixed, shares = mix(images, labels, 6, kind, torch.Generator().manual_seed(seed))
    assert torch.allclose(shares.sum(1), torch.ones(6))
    assert torch.allclose(mixed.mean((1, 2, 3)), shares @ torch.arange(6).float(), atol=1e-4)


def test_equal_generators_mix_equally():
    one, other = (mix(*plain_images(), 6, "cutmix", torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(one[0], other[0])
    assert torch.equal(one[1], other[1])


def test_the_images_that_came_in_stay_as_they_are():
    images, labels = plain_images()
    mix(images, labels, 6, "cutmix", torch.Generator().manual_seed(1))
    assert torch.equal(images, plain_images()[0])
