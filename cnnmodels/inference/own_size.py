"""Answers at a photo's own size, from a network that was trained at another one.

They come as bands [channels, rows, width] from the top of the photo down, so that a large photo needs no more memory
than a few rows of tiles. `resized` scales the whole photo to the size of training, as training did, and the answer
back. `tiled` cuts the photo into overlapping tiles of that size instead, and blends their answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from cnnmodels.data.pictures import Pixels

Size = tuple[int, int]  # height, width in pixels
Answer = Callable[[NDArray[np.uint8]], Tensor]  # of images [batch, 3, height, width]: [batch, channels, height, width]
_OVERLAP = 1 / 4  # of a tile, at least
_TILES_AT_ONCE = 16
_BAND_VALUES = 16_000_000  # of a scaled band, in all channels


def scaled(photo: Pixels, size: Size) -> Pixels:
    """A photo [height, width, 3] at another size, scaled as the training images were."""
    if photo.shape[:2] == size:
        return photo
    return np.asarray(Image.fromarray(photo).resize((size[1], size[0]), Image.Resampling.BILINEAR))


def as_images(photos: list[Pixels]) -> NDArray[np.uint8]:
    """Photos of one size as [batch, 3, height, width]."""
    return np.stack(photos).transpose(0, 3, 1, 2)


def size_around(own: Size, tile: Size) -> Size:
    """The size of a photo, its shape kept, at which a tile just fits into it: along one side it is as long."""
    factor = max(tile[0] / own[0], tile[1] / own[1])
    return max(tile[0], round(own[0] * factor)), max(tile[1], round(own[1] * factor))


def scaled_bands(answer: Tensor, size: Size) -> Iterator[Tensor]:
    """An answer [channels, height, width] scaled bilinearly, band by band; all bands together are what torch's
    `interpolate` gives."""
    channels, height, _ = answer.shape
    if tuple(answer.shape[1:]) == size:
        yield answer
        return
    rows_at_once = max(1, _BAND_VALUES // (channels * size[1]))
    for rows in torch.split(torch.arange(size[0]), rows_at_once):
        source = ((rows + 0.5) * height / size[0] - 0.5).clamp(0, height - 1)
        above = source.floor().long()
        below, share = (above + 1).clamp(max=height - 1), (source - above).view(1, -1, 1)
        blended = answer[:, above] * (1 - share) + answer[:, below] * share
        yield functional.interpolate(blended[None], size=(len(rows), size[1]), mode="bilinear")[0]


def tiled(answer: Answer, photo: Pixels, tile: Size) -> Iterator[Tensor]:
    """The answer to a photo of any size, from tiles that overlap by a quarter or more; a pixel's answer is the mean of
    its tiles' answers, each counting more the farther the tile's edge is.

    Args:
        answer: what the network says of tiles.
        photo: [height, width, 3].
        tile: size of a tile; along a side that is shorter, the tile is as long as that side.
    """
    height, width = photo.shape[:2]
    high, wide = min(tile[0], height), min(tile[1], width)
    tops, lefts = starts(height, high), starts(width, wide)
    window = torch.minimum(_slopes(high)[:, None], _slopes(wide)[None])
    carried, carried_weight = torch.zeros(1, 0, width), torch.zeros(0, width)
    for top, next_top in zip(tops, [*tops[1:], height], strict=True):
        row, weight = _row_of_tiles(answer, photo[top : top + high], lefts, window)
        row[:, : carried.shape[1]] += carried
        weight[: len(carried_weight)] += carried_weight
        done = next_top - top
        yield row[:, :done] / weight[:done]
        carried, carried_weight = row[:, done:], weight[done:]


def starts(length: int, tile: int) -> list[int]:
    """Where tiles begin along a side, evenly spread from its beginning to its end."""
    overlap = math.ceil(tile * _OVERLAP)
    count = max(1, math.ceil((length - overlap) / max(1, tile - overlap)))
    return [int(start) for start in np.rint(np.linspace(0, length - tile, count))]


def _row_of_tiles(answer: Answer, strip: Pixels, lefts: list[int], window: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted sums [channels, height, width] of the answers along a strip, and the sums of their weights."""
    (high, wide), width = window.shape, strip.shape[1]
    row, weight = torch.zeros(0), torch.zeros(high, width)
    for first in range(0, len(lefts), _TILES_AT_ONCE):
        some = lefts[first : first + _TILES_AT_ONCE]
        answers = answer(as_images([strip[:, left : left + wide] for left in some]))
        if not len(row):
            row = torch.zeros(answers.shape[1], high, width)
        for left, one in zip(some, answers, strict=True):
            row[:, :, left : left + wide] += one * window
            weight[:, left : left + wide] += window
    return row, weight


def _slopes(length: int) -> Tensor:
    """Distance in pixels to the nearer end, from 1 on."""
    places = torch.arange(1.0, length + 1)
    return torch.minimum(places, length + 1 - places)
