"""Generated sets: what a user gets with no data at hand, one for each task."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np

from cnnmodels.data.generated_sets import meadows, shapes, streets
from cnnmodels.data.label_set import ClassTable, distinct_colors
from cnnmodels.data.sources import Decoded, Sample, Source, held_out_count
from cnnmodels.data.spec import GENERATED_TASKS, DataSpec
from cnnmodels.errors import DataError

VERSIONS = {"streets": streets.VERSION, "shapes": shapes.VERSION, "meadows": meadows.VERSION}
_TABLES = {
    "streets": ClassTable(streets.CLASSES, streets.COLORS, "generated street scenes"),
    "shapes": ClassTable(shapes.CLASSES, distinct_colors(len(shapes.CLASSES)), "generated shapes"),
    "meadows": ClassTable((), (), "generated meadows"),
}


def generated(spec: DataSpec, task: str) -> Source:
    """The source of a generated set; its last images are the validation split.

    Raises:
        DataError: the set is for another task, or none of its images is left to train on.
    """
    name = cast("str", spec.name)
    if GENERATED_TASKS[name] != task:
        fitting = next(one for one, its_task in GENERATED_TASKS.items() if its_task == task)
        raise DataError(f"data.name: {name} is for {GENERATED_TASKS[name]}; for {task} there is {fitting}")
    samples = [Sample(f"{index:05d}", (), _drawing(name, spec.seed, index)) for index in range(spec.images)]
    held_out = held_out_count(spec.images, spec)
    return Source({"train": samples[:-held_out], "val": samples[-held_out:]}, lambda counts: _TABLES[name])


def _drawing(name: str, seed: int, index: int) -> Callable[[tuple[int, int]], Decoded]:
    def draw(size: tuple[int, int]) -> Decoded:
        if name == "streets":
            return streets.draw_street(seed, index, *size)
        if name == "shapes":
            picture, label = shapes.draw_shape(seed, index, *size)
            return picture, np.int64(label)
        return meadows.draw_meadow(seed, index, *size), None

    return draw
