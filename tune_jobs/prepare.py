"""Before a sweep: its images decoded, and what can be refused for them alone. Knows no Ray."""

from __future__ import annotations

import os
from pathlib import Path

from cnnmodels.data import ImageData, load
from cnnmodels.data.image_size import with_size
from cnnmodels.disk_space import refuse_full
from cnnmodels.errors import DataError
from cnnmodels.metric_names import metric_name
from cnnmodels.places import expanded
from reports.records.errors import SweepError
from reports.records.spec import DataSummary, SweepSpec
from search_spaces.nearest import nearest
from search_spaces.parameters import Choice
from search_spaces.schema import SearchSpace
from search_spaces.widening import default_at_an_end
from tune_jobs.cluster.gpus import visible_gpus
from tune_jobs.formatting import valid
from tune_jobs.progress import Progress

_PLENTY_BYTES = 20_000_000_000


def with_image_size(space: SearchSpace, address: str | None, progress: Progress) -> SearchSpace:
    """The same space with a size in the place of `data.image_size: auto`.

    Raises:
        DataError: the folder is missing, or its layout is not understood.
    """
    if space.data.image_size != "auto":
        return space
    wanted = space.resources.gpus
    here = wanted == "auto" and address is None and visible_gpus() > 0
    gpu = here or (wanted != "auto" and wanted > 0)
    data = with_size(space.data, space.task, gpu=gpu)
    if not data.is_generated:
        height, width = data.size
        why = "" if gpu else ", which a machine without a GPU can train on"
        progress.say(
            f"Images are scaled to {height}x{width} pixels (height x width){why}; else --set data.image_size=[H,W]."
        )
    return space.model_copy(update={"data": data})


def load_data(space: SearchSpace, cache: Path, progress: Progress) -> ImageData:
    """The data, decoded where this machine has not done so yet.

    Raises:
        DataError: it is not there, or not all of it can be read.
    """
    spec = space.data
    if spec.is_generated:
        progress.say(f"No --data given: using generated {spec.name} ({spec.images} images).")
    with progress.counting("Preparing images") as count:
        data = load(spec, cache, space.task, count)
    splits = ", ".join(f"{count} {split}" for split, count in _counts(data).items())
    height, width = data.image_size
    classes = f"{len(data.classes)} classes; " if data.classes else ""
    progress.say(f"Data: {data.layout}; {splits}; {classes}{height}x{width} pixels.")
    for line in data.left_out:
        progress.say(f"{line[0].upper()}{line[1:]}.")
    return data


def warn_of_defaults(space: SearchSpace, progress: Progress) -> None:
    """Say which searched ranges end at their own default, so that the search looks on one side of it alone."""
    for line in default_at_an_end(space):
        progress.say(f"Warning: {line}")


def refuse_large_batches(space: SearchSpace, data: ImageData) -> None:
    """A batch is never more than there is, so larger ones would be the same trial under several names.

    Raises:
        SweepError: the space has larger ones.
    """
    images, default = len(data.train), space.trial_config(space.default(), seed=0).batch_size
    searched = space.search.get("batch_size")
    sizes = searched.ends() if searched else [default]
    if max(sizes) > images:
        fit = [size for size in sizes if size <= images] if isinstance(searched, Choice) else []
        better = f"fixed.batch_size={min(images, default)}"
        if len(fit) > 1:
            kept = default if default in fit else fit[-1]
            better = f"'search.batch_size={{choice: {fit}, default: {kept}}}'"
        raise SweepError(f"batch_size: {max(sizes)} is more than the {images} training images; --set {better}")


def refuse_unmeasured_objective(space: SearchSpace, data: ImageData) -> None:
    """The IoU of a class is a metric only where there is such a class, and validation images show it.

    Raises:
        SweepError: no trial could have a value; the text names the metrics of classes that there are.
    """
    measured = {metric_name(name): name for name in data.occurring(data.val)}
    absent = {metric_name(name): name for name in data.classes if name not in measured.values()}
    for key, metric in [
        *(("objective.metric", objective.metric) for objective in space.objectives),
        *(("constraints", limit.metric) for limit in space.limits),
    ]:
        if metric in space.modes or metric in measured:
            continue
        why = f"no validation image shows {absent[metric]!r}." if metric in absent else "there is no such class."
        raise SweepError(f"{key}: {metric}: {why}{nearest(metric, list(measured), 'measured')}")


def refuse_unfit_code(space: SearchSpace, data: ImageData) -> None:
    """Build the network and ask it once, where a part is somebody's own; ours need no such look, the driver no torch.

    Raises:
        ConfigError: it fails, or is of another shape than the task, or its loss or a metric is.
    """
    if space.own_code is None:
        return
    from cnnmodels.first_forward import refuse_unfit

    refuse_unfit(space.trial_config(space.default(), seed=0), data, {*space.search, *space.fixed})


def refuse_without_room(space: SearchSpace, data: ImageData, storage: Path) -> None:
    """Where there is little room, reckon whether the checkpoints fit; counting a network loads torch, so only then.

    Raises:
        SweepError: they do not.
    """
    if refuse_full(storage, _PLENTY_BYTES) is None:
        return
    from tune_jobs.cost_estimate import disk_bytes, parameters_of_largest

    slots = max(1, (os.cpu_count() or 1) // space.resources.cpus)
    problem = refuse_full(storage, disk_bytes(parameters_of_largest(space, data), slots))
    if problem:
        raise SweepError(f"{problem}; make room, or choose another --storage")


def moved(spec: SweepSpec, to: Path | None) -> SweepSpec:
    """The same sweep with its images in another folder; as it is without one.

    Raises:
        SweepError: its images are generated ones, which lie nowhere.
    """
    if to is None:
        return spec
    if spec.space.data.is_generated:
        raise SweepError(f"--data {to}: {spec.name} trains on generated images; leave --data out")
    data = spec.space.data.model_copy(update={"path": expanded(to).resolve()})
    return spec.model_copy(update={"space": spec.space.model_copy(update={"data": data})})


def how_moved(before: SweepSpec, after: SweepSpec) -> list[str]:
    """What the record says where the images of a sweep have moved."""
    old, new = before.space.data.path, after.space.data.path
    return [] if old == new else [f"The images are in {new}; they were in {old}"]


def load_known(spec: SweepSpec, cache: Path, progress: Progress) -> ImageData:
    """The images of a sweep that has begun.

    Raises:
        DataError: they are not there, or not all of them can be read.
        SweepError: they are not those that it began with.
    """
    path = spec.space.data.path
    try:
        data = load_data(spec.space, cache, progress)
    except DataError as error:
        hint = "; where the images have moved, --data says so" if path is not None and not path.exists() else ""
        raise DataError(f"{error}{hint}") from None
    if data.fingerprint != spec.data.fingerprint:
        raise SweepError(
            f"{path or spec.space.data.source}: the images have changed since {spec.name} began, or are others, so its "
            "results would not compare; launch a new sweep"
        )
    return data


def summary_of(data: ImageData) -> DataSummary:
    """What `sweep.json` says of the data."""
    return DataSummary(
        layout=valid(data.layout),
        fingerprint=data.fingerprint,
        classes=tuple(map(valid, data.classes)),
        colors=data.colors,
        counts=_counts(data),
        image_size=data.image_size,
        skipped=data.skipped,
        val_classes=tuple(map(valid, data.occurring(data.val))),
    )


def _counts(data: ImageData) -> dict[str, int]:
    counts = {"train": len(data.train), "val": len(data.val)}
    return counts if data.test is None else {**counts, "test": len(data.test)}
