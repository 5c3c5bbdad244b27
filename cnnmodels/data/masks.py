"""From a mask's picture to its labels, file by file. What the labels of a whole set mean is `label_set`'s to judge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnmodels.data.image_data import VOID
from cnnmodels.data.label_map import Color, LabelMap, color_codes
from cnnmodels.data.pictures import Pixels
from cnnmodels.errors import DataError

MaskReader = Callable[[Image.Image, Path], Pixels]  # of a decoded mask, at any size; the path is for messages
_SCALED = 257  # what 8-bit values are multiplied by where a tool writes them as 16-bit ones
_MOST_COLORS = 12  # that a message names
_VOC_CLASSES, _VOC_VOID = 21, (224, 224, 192)


def grey_labels(mask: Image.Image, path: Path) -> Pixels:
    """Labels of a mask whose grey value, or palette index, is the class; or whose colours are those of VOC's palette.

    Raises:
        DataError: it is a colour picture, or a value is no label.
    """
    values = _grey_values(mask, path)
    if values is None:
        return _voc_labels(mask, path)
    if values.max(initial=0) > VOID and not (values % _SCALED).any():
        values = values // _SCALED
    if values.max(initial=0) > VOID or values.min(initial=0) < 0:
        wrong = values.max() if values.max() > VOID else values.min()
        raise DataError(f"{path}: has label {wrong}; labels are 0 to {VOID}, others are named with data.labels")
    return values.astype(np.uint8)


def red_labels(mask: Image.Image, path: Path) -> Pixels:
    """Labels of a mask whose red channel is the class, as in the Lyft-Udacity set.

    Raises:
        DataError: the mask has no red channel.
    """
    if mask.mode not in ("RGB", "RGBA"):
        raise DataError(f"{path}: has no red channel (mode {mask.mode}); this layout keeps its labels there")
    return np.asarray(mask)[..., 0]


def mapped(labels: LabelMap, values: MaskReader | None = None) -> MaskReader:
    """A reader of masks whose values or colours a map names; `values` gives grey values where they lie elsewhere."""

    def read(mask: Image.Image, path: Path) -> Pixels:
        if labels.colored:
            codes: NDArray[Any] | None = color_codes(np.asarray(mask.convert("RGBA").convert("RGB")))
        else:
            codes = values(mask, path) if values else _grey_values(mask, path)
        if codes is None:
            raise DataError(f"{path}: a colour picture, but {labels.origin} names grey values; {_colors_in(mask)}")
        found, strange = labels.applied(codes)
        if not strange.any():
            return found
        indices = _indices(mask, path, labels)
        if indices is not None:
            return indices
        first = int(codes[strange][0])
        shown = f"colour #{first:06x}" if labels.colored else f"label {first}"
        raise DataError(
            f"{path}: has {shown} ({strange.mean():.1%} of its pixels), which {labels.origin} does not name; "
            "name it in data.labels, or whatever is not named as void: other: null"
        )

    return read


def voc_color(label: int) -> Color:
    """The palette of the VOC masks: the label's bits, spread over the three channels from their highest bit down."""
    channels = [0, 0, 0]
    for bit in range(8):
        for channel in range(3):
            channels[channel] |= ((label >> (3 * bit + channel)) & 1) << (7 - bit)
    return channels[0], channels[1], channels[2]


def _grey_values(mask: Image.Image, path: Path) -> NDArray[Any] | None:
    """Whole numbers [height, width]; None for a colour picture."""
    values: NDArray[Any] = np.asarray(mask)
    if values.dtype == np.bool_:
        values = values.astype(np.uint8)
    if values.ndim == 3:
        if values.shape[2] > 2 and (mask.mode not in ("RGB", "RGBA") or not (values[..., :1] == values[..., :3]).all()):
            return None
        values = values[..., 0]
    if np.issubdtype(values.dtype, np.floating):
        odd = values[values != np.rint(values)]
        if odd.size:
            raise DataError(
                f"{path}: holds {odd[0]:.4g}, and a label is a whole number; "
                "of a map of probabilities, save what is above a threshold"
            )
    return values.astype(np.int64) if values.dtype != np.uint8 else values


def _voc_labels(mask: Image.Image, path: Path) -> Pixels:
    colors = [voc_color(label) for label in range(_VOC_CLASSES)]
    codes = {(red << 16) | (green << 8) | blue: label for label, (red, green, blue) in enumerate(colors)}
    codes[(_VOC_VOID[0] << 16) | (_VOC_VOID[1] << 8) | _VOC_VOID[2]] = VOID
    palette = LabelMap((), codes, True, None, "the palette of VOC")
    found, strange = palette.applied(color_codes(np.asarray(mask.convert("RGBA").convert("RGB"))))
    if strange.any():
        raise DataError(f"{path}: a colour picture, and no table says which colour is which class; {_colors_in(mask)}")
    return found


def _indices(mask: Image.Image, path: Path, labels: LabelMap) -> Pixels | None:
    """Class numbers of a grey mask that lies beside a tool's table of colours; None where they are none."""
    if not labels.colored or labels.origin == "data.labels":
        return None
    values = _grey_values(mask, path)
    if values is None or values[values != VOID].max(initial=0) >= len(labels.names):
        return None
    return values.astype(np.uint8)


def _colors_in(mask: Image.Image) -> str:
    """The colours of a mask as the beginning of a table, or that they are too many for one."""
    codes, counts = np.unique(color_codes(np.asarray(mask.convert("RGBA").convert("RGB"))), return_counts=True)
    if len(codes) > _MOST_COLORS:
        return f"it has {len(codes)} colours, as a photo or a smoothed drawing has; save masks of one colour a class"
    shown = ", ".join(f'"#{code:06x}": class_{place}' for place, code in enumerate(codes[np.argsort(-counts)].tolist()))
    return f"name them: --set 'data.labels={{{shown}}}'"
