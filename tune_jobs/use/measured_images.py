"""The images that a network is measured on: a split of the sweep's own, or a folder of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cnnmodels.data import VOID, ImageData
from cnnmodels.data import Split as Images
from cnnmodels.data.decoding import decoded
from cnnmodels.data.layouts import open_source
from cnnmodels.errors import DataError
from cnnmodels.places import expanded
from reports.records.errors import SweepError
from reports.records.spec import SweepSpec
from search_spaces.schema import SearchSpace
from tune_jobs.prepare import load_data, load_known
from tune_jobs.progress import Progress
from tune_jobs.use.options import EvaluateOptions


@dataclass(frozen=True)
class MeasuredImages:
    """Images with their targets, whose class numbers are the sweep's."""

    of: str  # test, val, or the folder of other images
    own: bool  # whether they are a split of the sweep's images
    data: ImageData  # says which classes there are
    splits: list[Images]
    names: list[str]  # of each image


def measured_images(spec: SweepSpec, options: EvaluateOptions, cache: Path, progress: Progress) -> MeasuredImages:
    """What a person means by --split and --data.

    Raises:
        DataError: the folder is not there, cannot be read, or shows a class that the sweep does not know.
        SweepError: the sweep's images have changed, or have no such split.
    """
    if options.data is None:
        data = load_known(spec, cache, progress)
        return _own_split(spec, spec.space, data, options)
    changes = {"path": expanded(options.data), "skip_broken": True}
    space = spec.space.model_copy(update={"data": spec.space.data.model_copy(update=changes)})
    data = load_data(space, cache, progress)
    if data.fingerprint == spec.data.fingerprint:
        return _own_split(spec, space, data, options)
    return _of_folder(spec, space, data, options)


def _own_split(spec: SweepSpec, space: SearchSpace, data: ImageData, options: EvaluateOptions) -> MeasuredImages:
    split = options.split or ("val" if data.test is None else "test")
    images = data.test if split == "test" else data.val
    if images is None:
        raise SweepError(f"--split test: the images of {spec.name} have no test split; use --split val, or --data")
    return MeasuredImages(split, True, data, [images], _names(space, split, len(images)))


def _of_folder(spec: SweepSpec, space: SearchSpace, data: ImageData, options: EvaluateOptions) -> MeasuredImages:
    there = {"train": data.train, "val": data.val, "test": data.test}
    wanted = list(there) if options.split is None else [options.split]
    chosen = {split: images for split in wanted if (images := there[split]) is not None}
    if not chosen:
        raise SweepError(f"--split {options.split}: {options.data} has no such split; without it, all images count")
    numbers = _numbers(spec, data.classes, str(options.data))
    return MeasuredImages(
        of=f"{options.data}/",  # the slash tells it from a split
        own=False,
        data=replace(data, classes=spec.data.classes, colors=spec.data.colors),
        splits=[_renumbered(images, numbers) for images in chosen.values()],
        names=[name for split, images in chosen.items() for name in _names(space, split, len(images))],
    )


def _names(space: SearchSpace, split: str, count: int) -> list[str]:
    """What the images of a split are called; those that were left out are found by reading them again."""
    samples = open_source(space.data, space.task).splits[split]
    if len(samples) != count:
        samples = [one.sample for one in decoded(samples, space.data.size) if one.decoded is not None]
    return [sample.name for sample in samples]


def _numbers(spec: SweepSpec, classes: Sequence[str], where: str) -> Mapping[int, int] | None:
    """The sweep's number of each class of a folder, by its name; None where they are the same.

    Raises:
        DataError: the sweep knows no class of that name.
    """
    known = list(spec.data.classes)
    if list(classes) == known:
        return None
    unnamed = all(name == f"class_{number}" for number, name in enumerate(classes))
    if unnamed and len(classes) <= len(known):
        return None  # the folder says no names, and its labels are numbers of classes
    strange = [name for name in classes if name not in known]
    if strange:
        raise DataError(
            f"{where}: class {strange[0]!r} is none of {spec.name} ({', '.join(known)}); "
            "name the classes as there, and mark what is to count nowhere as 255"
        )
    return {number: known.index(name) for number, name in enumerate(classes)}


def _renumbered(images: Images, numbers: Mapping[int, int] | None) -> Images:
    if numbers is None or images.targets is None:
        return images
    lookup = np.full(max(VOID, *numbers) + 1, VOID, dtype=images.targets.dtype)
    for number, known in numbers.items():
        lookup[number] = known
    return Images(images.images, lookup[np.asarray(images.targets)])
