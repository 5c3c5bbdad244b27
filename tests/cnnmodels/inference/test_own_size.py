"""Answers at a photo's own size: scaled band by band, or put together from tiles."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from torch.nn import functional

from cnnmodels.inference import own_size
from cnnmodels.inference.own_size import scaled, scaled_bands, size_around, starts, tiled


def pixels(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def as_they_are(images):
    """A network that answers each pixel with its own values."""
    return torch.from_numpy(np.ascontiguousarray(images)).float()


@pytest.mark.parametrize("size", [(50, 70), (7, 9), (24, 100), (24, 32)])
def test_bands_together_are_the_answer_scaled_as_a_whole(monkeypatch, size):
    monkeypatch.setattr(own_size, "_BAND_VALUES", 200)  # a few rows each
    answer = torch.rand(5, 24, 32)
    bands = list(scaled_bands(answer, size))
    assert len(bands) > 1 or size == (24, 32)
    whole = functional.interpolate(answer[None], size=size, mode="bilinear")[0]
    assert torch.allclose(torch.cat(bands, dim=1), whole, atol=1e-6)


@given(some.integers(1, 300), some.integers(1, 64))
def test_tiles_cover_a_side_and_overlap_by_a_quarter(length, tile):
    tile = min(tile, length)
    found = starts(length, tile)
    assert found[0] == 0
    assert found[-1] == length - tile
    steps = np.diff(found)
    assert (steps > 0).all() or tile == length
    assert (steps <= tile - np.ceil(tile / 4) + 1).all() or tile < 4


@pytest.mark.parametrize("size", [(24, 32), (60, 33), (25, 200), (10, 50), (10, 12)])
def test_tiles_put_together_are_the_photo(size):
    photo = pixels(*size)
    together = torch.cat(list(tiled(as_they_are, photo, (24, 32))), dim=1)
    assert torch.allclose(together, torch.from_numpy(photo).permute(2, 0, 1).float(), atol=1e-3)


def test_where_tiles_disagree_the_farther_edge_counts_more():
    def by_tile(images):
        numbers = torch.arange(len(images)).float().view(-1, 1, 1, 1)
        return numbers.expand(-1, 1, *images.shape[2:])

    (band,) = tiled(by_tile, pixels(8, 14), (8, 8))
    row = band[0, 4]
    assert row[:6].eq(0).all()
    assert row[8:].eq(1).all()
    assert 0 < row[6] < row[7] < 1


def test_a_tall_photo_comes_in_bands_of_few_rows():
    bands = list(tiled(as_they_are, pixels(300, 32), (24, 32)))
    assert len(bands) == len(starts(300, 24))
    assert max(band.shape[1] for band in bands) <= 24


@pytest.mark.parametrize(
    ("own", "around"), [((96, 128), (24, 32)), ((96, 400), (24, 100)), ((12, 8), (48, 32)), ((24, 32), (24, 32))]
)
def test_a_tile_just_fits_into_a_photo_of_any_shape(own, around):
    assert size_around(own, (24, 32)) == around
    assert scaled(pixels(*own), around).shape == (*around, 3)
