"""LabelMap: which grey value or colour of a mask is which class, where a person or a tool's file says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnmodels.data.image_data import VOID
from cnnmodels.data.spec import OTHER

Color = tuple[int, int, int]
MAX_CLASSES = 255


@dataclass(frozen=True)
class LabelMap:
    """Values or colours, and the class of each."""

    names: tuple[str, ...]
    classes: dict[int, int]  # grey value, or colour as 0xRRGGBB -> class number or VOID
    colored: bool
    other: int | None  # what any other value is; None: it is refused
    origin: str  # who says so, for messages

    def colors(self) -> tuple[Color, ...] | None:
        """The colour of each class; None where the map is of grey values."""
        if not self.colored:
            return None
        first = {number: code for code, number in reversed(self.classes.items())}
        return tuple(color_of(first[number]) if number in first else (0, 0, 0) for number in range(len(self.names)))

    def applied(self, values: NDArray[np.integer]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Class numbers of values (or colour codes), and where there is none for them."""
        known = np.array(sorted(self.classes), dtype=np.int64)
        numbers = np.array([self.classes[code] for code in known.tolist()], dtype=np.uint8)
        places = np.searchsorted(known, values).clip(0, len(known) - 1)
        strange = known[places] != values
        found = numbers[places]
        if self.other is not None:
            found[strange] = self.other
            strange = np.zeros_like(strange)
        return found, strange


def map_of(labels: Mapping[str, str | None], origin: str = "data.labels") -> LabelMap:
    """What a person wrote: label (as `DataSpec.labels` spells it) to class name, or None for void."""
    names = tuple(dict.fromkeys(name for name in labels.values() if name is not None))
    numbers = {label: VOID if name is None else names.index(name) for label, name in labels.items()}
    other = numbers.pop(OTHER, None)
    colored = any(label.startswith("#") for label in numbers)
    classes = {int(label[1:], 16) if colored else int(label): number for label, number in numbers.items()}
    return LabelMap(names, classes, colored, other, origin)


def color_of(code: int) -> Color:
    """0xRRGGBB as red, green and blue."""
    return code >> 16, (code >> 8) & 0xFF, code & 0xFF


def color_codes(rgb: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Colours [height, width, 3] as 0xRRGGBB, [height, width]."""
    wide = rgb.astype(np.int64)
    return (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]
