"""What the labels of a whole set of masks mean, from how often each occurs. Knows no files.

Labels are not taken at their word: 0 and 255 are a background and an object, values between two others along edges
come from smoothing, and a few labels far apart are no range of classes. What is unclear is refused with what was found
and the one thing to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cnnmodels.data.image_data import VOID
from cnnmodels.data.label_map import Color, LabelMap
from cnnmodels.data.pictures import Pixels
from cnnmodels.data.spec import DataSpec
from cnnmodels.errors import DataError

Counts = NDArray[np.int64]  # [3, 256]: of each label, all pixels; those off the border; those of them that are edge
_ALL, _INNER, _EDGE = range(3)
_LABELS = 256
_EDGE_SHARE = 0.7  # of a label's pixels, from which on it is an edge and no class
_MOST_EDGES = 1 / 3  # of all pixels; beyond it, it is the drawing that is fine
_FEWEST_EDGES = 8  # labels, where they leave no gaps that would say so already
_MUCH = 0.05  # of all pixels, that a label is surely meant
_SHOWN = 8  # labels that a message names


@dataclass(frozen=True)
class ClassTable:
    """Names and colours of the classes, and which labels of the decoded masks they are."""

    names: tuple[str, ...]
    colors: tuple[Color, ...]
    layout: str  # what was recognised, in words
    void: frozenset[int] = frozenset()  # labels that are void, beside VOID
    labels: tuple[int, ...] | None = None  # the label of each class; None: its number

    def lookup(self) -> Pixels:
        """Class number of each label, [256]; VOID for what is none."""
        numbers = np.full(_LABELS, VOID, dtype=np.uint8)
        labels = range(min(len(self.names), VOID)) if self.labels is None else self.labels
        for number, label in enumerate(labels):
            numbers[label] = number
        numbers[sorted(self.void)] = VOID
        return numbers

    def strange(self, labels: set[int]) -> set[int]:
        """Those of the labels that are neither a class nor void."""
        numbers = self.lookup()
        return {label for label in labels - self.void - {VOID} if numbers[label] == VOID}


def count_labels(mask: Pixels) -> Counts:
    """How often each label occurs in a mask [height, width], and how much of it looks like a smoothed edge."""
    middle, left, right = mask[1:-1, 1:-1], mask[1:-1, :-2], mask[1:-1, 2:]
    above, below = mask[:-2, 1:-1], mask[2:, 1:-1]
    between = (np.minimum(left, right) < middle) & (middle < np.maximum(left, right))
    between |= (np.minimum(above, below) < middle) & (middle < np.maximum(above, below))
    alone = (middle != left) & (middle != right) & (middle != above) & (middle != below)
    parts = (mask, middle, middle[between | alone])
    return np.stack([np.bincount(np.ravel(part), minlength=_LABELS) for part in parts])


def table_of(
    spec: DataSpec, counts: Mapping[str, Counts], layout: str, *, known: ClassTable | None = None, where: str = ""
) -> ClassTable:
    """The classes of masks whose labels are numbers.

    Args:
        spec: what the person says of the labels.
        counts: of each split.
        layout: what was recognised, in words.
        known: the table of a well-known set, which holds where the person says nothing and the labels fit.
        where: the folder, for messages.

    Raises:
        DataError: the labels are no classes as they stand, or there are fewer than two in the training masks.
    """
    total = sum(counts.values(), np.zeros((3, _LABELS), dtype=np.int64))
    used = set(np.flatnonzero(total[_ALL]).tolist())
    if used == {0, VOID} and spec.ignore is None and len(spec.classes or (0, 1)) == 2:
        names = spec.classes or ("background", "object")
        layout = f"{layout}; masks of 0 and 255: {names[0]} and {names[1]}"
        return ClassTable(names, distinct_colors(2), layout, labels=(0, VOID))
    void = frozenset() if spec.ignore is None else frozenset({spec.ignore})
    table = ClassTable(spec.classes or (), distinct_colors(len(spec.classes or ())), layout, void)
    if spec.classes is None:
        if known is not None and not known.strange(used - void):
            table = replace(known, layout=layout, void=known.void | void)
        else:
            classes = sorted(used - void - {VOID})
            _refuse_edges(total, void, where)
            _refuse_gaps(classes, where)
            names = tuple(f"class_{label}" for label in range(max(classes, default=-1) + 1))
            table = replace(table, names=names, colors=distinct_colors(len(names)))
    refuse_one_class(counts, table, where)
    return table


def mapped_table(labels: LabelMap, counts: Mapping[str, Counts], layout: str, where: str) -> ClassTable:
    """The classes of masks that a map has made class numbers of.

    Raises:
        DataError: fewer than two of them occur in the training masks.
    """
    colors = labels.colors() or distinct_colors(len(labels.names))
    table = ClassTable(labels.names, colors, f"{layout}; classes by {labels.origin}")
    refuse_one_class(counts, table, where)
    return table


def refuse_one_class(counts: Mapping[str, Counts], table: ClassTable, where: str) -> None:
    """Raises DataError where the training masks show one class at most, so that there is nothing to learn."""
    numbers = table.lookup()
    used = np.flatnonzero(counts["train"][_ALL]).tolist() if "train" in counts else []
    shown = {int(numbers[label]) for label in used} - {VOID}
    if len(shown) >= 2 or not used or table.strange(set(used)):
        return
    if not shown:
        return  # void alone is refused with the split's name, once the masks are written
    one = table.names[shown.pop()]
    void = [label for label in used if numbers[label] == VOID]
    beside = f" and {_listed(void)}, which is void" if void else ""
    example = ", ".join(f"{label}: class_{label}" for label in used) if len(used) > 1 else "0: background, 1: object"
    raise DataError(
        f"{where}: the training masks hold one class alone ({one}){beside}; there is nothing to tell apart. "
        f"If a label has another meaning: --set 'data.labels={{{example}}}'"
    )


def distinct_colors(count: int) -> tuple[Color, ...]:
    """Colours for classes that bring none, told apart by hue and by lightness."""
    hues = [(index * 0.61803398875) % 1 for index in range(count)]
    levels = [(200, 120, 160)[index % 3] for index in range(count)]
    return tuple(_hue(hue, level) for hue, level in zip(hues, levels, strict=True))


def _hue(hue: float, level: int) -> Color:
    parts = [abs((hue * 6 + shift) % 6 - 3) - 1 for shift in (0, 4, 2)]
    red, green, blue = (int(level * min(1.0, max(0.0, part)) + 40) for part in parts)
    return red, green, blue


def _refuse_edges(total: Counts, void: frozenset[int], where: str) -> None:
    """Anti-aliased masks: most values lie between two others, and few pixels have them."""
    pixels, inner, edge = (row.astype(np.float64) for row in total)
    used = pixels > 0
    used[sorted(void)] = False
    edges = used & (inner > 0) & (edge >= _EDGE_SHARE * inner)
    solid = np.flatnonzero(used & ~edges)
    fewest = 1 if _has_gaps(np.flatnonzero(used).tolist()) else max(_FEWEST_EDGES, used.sum() / 2)
    if edges.sum() < fewest or len(solid) < 2 or pixels[edges].sum() > _MOST_EDGES * pixels.sum():
        return
    solid = solid[np.argsort(-pixels[solid])][:_SHOWN]
    kept = sorted(label for label in solid.tolist() if pixels[label] > _MUCH * pixels.sum()) or sorted(solid.tolist())
    example = ", ".join(f"{label}: class_{label}" for label in kept)
    shares = ", ".join(f"{label} ({pixels[label] / pixels.sum():.0%})" for label in kept)
    raise DataError(
        f"{where}: the masks hold {int(used.sum())} labels, {int(edges.sum())} of which lie along edges between two "
        f"others, as smoothing leaves them; most pixels are {shares}. Save masks without smoothing, or take the edges "
        f"as void: --set 'data.labels={{{example}, other: null}}'; if they are classes, name them with data.classes"
    )


def _refuse_gaps(classes: list[int], where: str) -> None:
    if not _has_gaps(classes):
        return
    highest = classes[-1]
    example = ", ".join(f"{label}: class_{label}" for label in classes[:_SHOWN])
    more = ", ..." if len(classes) > _SHOWN else ""
    raise DataError(
        f"{where}: the masks hold {len(classes)} labels between {classes[0]} and {highest} ({_listed(classes)}), which "
        f"would be {highest + 1} classes, most of them empty; name those that there are: --set "
        f"'data.labels={{{example}{more}}}' (or all with data.classes)"
    )


def _has_gaps(labels: list[int]) -> bool:
    """Whether most numbers up to the highest of the sorted labels are none of them."""
    return len(labels) > 1 and 2 * len(labels) < labels[-1] + 1


def _listed(labels: list[int]) -> str:
    return ", ".join(map(str, labels[:_SHOWN])) + (", ..." if len(labels) > _SHOWN else "")
