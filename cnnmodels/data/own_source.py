"""Images that somebody's own code gives: data sets by split, in the form that torch and torchvision have made usual."""

from __future__ import annotations

import hashlib
import inspect
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnmodels.data.image_data import VOID
from cnnmodels.data.label_map import map_of
from cnnmodels.data.label_set import ClassTable, Counts, distinct_colors, mapped_table, refuse_one_class, table_of
from cnnmodels.data.masks import MaskReader, grey_labels, mapped
from cnnmodels.data.pictures import Pixels, photo_pixels
from cnnmodels.data.sources import Decoded, Sample, Source, Target, held_out, seeded_split
from cnnmodels.data.spec import DataSpec, Size
from cnnmodels.errors import ConfigError, DataError
from cnnmodels.own.importing import digest_of_imported, imported, told
from cnnmodels.task_table import is_own

_Reader = Callable[[Any, Image.Image, Size, Path], Target]  # of what stands beside an image of a data set; for messages
_FORM = "give a data set, with len() and items of (image, target), or {train: ..., val: ...} of them"
_SPLITS = ("train", "val", "test")


def own_source(spec: DataSpec, task: str) -> Source:
    """The source that the code behind `data.source` gives; it is called with `data.path` where it takes an argument.

    Raises:
        DataError: it fails, or gives something else; the text names its own line.
    """
    target = cast("str", spec.source)
    sets = _sets_of(target, spec)
    names = spec.classes or tuple(map(str, getattr(next(iter(sets.values())), "classes", None) or ()))
    read = _reader_of(spec, task, names)
    samples = {split: _samples(target, split, one, read) for split, one in sets.items()}
    layout = f"{target}, split by it"
    if set(sets) == {"all"}:
        samples, layout = seeded_split(samples["all"], spec), f"{target}, {held_out(spec)}"
    return Source(samples, _table(target, spec, task, names, layout), rules=_version(target, spec))


def _sets_of(target: str, spec: DataSpec) -> dict[str, Any]:
    try:
        found = imported(target, ())
        takes_path = bool(inspect.signature(found).parameters)
        given = found(spec.path) if takes_path else found()
        sets = dict(given) if isinstance(given, Mapping) else {"all": given}
        lengths = {split: len(one) for split, one in sets.items()}
    except ConfigError as error:
        raise DataError(f"data.source: {error}") from error.__cause__
    except Exception as error:  # whatever somebody's source does
        raise DataError(f"data.source: {target}: fails: {told(error)}; {_FORM}") from error
    unknown = [split for split in sets if split not in (*_SPLITS, "all")]
    if unknown or (set(sets) != {"all"} and not {"train", "val"} <= set(sets)):
        raise DataError(f"data.source: {target}: gives {', '.join(map(repr, sets)) or 'nothing'}; {_FORM}")
    empty = [split for split, length in lengths.items() if not length]
    if empty:
        raise DataError(f"data.source: {target}: its {empty[0]} split is empty")
    return sets


def _samples(target: str, split: str, images: Any, read: _Reader) -> list[Sample]:
    lock = threading.Lock()  # few data sets of somebody's own may be asked from several threads

    def item(place: int) -> tuple[Path, Image.Image, Any]:
        where = Path(f"{target}, {split}[{place}]")
        try:
            with lock:
                given = images[place]
            image, truth = given if isinstance(given, tuple | list) else (given, None)
            return where, _picture(image), truth
        except Exception as error:  # whatever somebody's data set does
            raise DataError(f"{where}: {told(error)}; {_FORM}") from None

    def decode(place: int, size: Size) -> Decoded:
        where, image, truth = item(place)
        try:
            return photo_pixels(image, where, size), read(truth, image, size, where)
        except (TypeError, ValueError, AttributeError) as error:
            raise DataError(f"{where}: its target is none that is read here: {error}") from None

    def native(place: int) -> Size:
        _, image, _ = item(place)
        return image.height, image.width

    return [
        Sample(f"{split}/{place:05d}", (), partial(decode, place), native=partial(native, place))
        for place in range(len(images))
    ]


def _picture(image: Any) -> Image.Image:
    """A PIL image as its pixels are stored, since its target may be of the same; or an array [height, width],
    [height, width, 3], or [3, height, width] as torch has it, of uint8, or of numbers from 0 to 1."""
    if isinstance(image, Image.Image):
        stored = image.copy()
        stored.info = {key: value for key, value in image.info.items() if key == "transparency"}
        return stored
    values = np.asarray(image)
    if values.ndim == 3 and values.shape[0] in (1, 3) and values.shape[2] not in (1, 3):
        values = values.transpose(1, 2, 0)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    if np.issubdtype(values.dtype, np.floating):
        values = (values.clip(0, 1) * 255).round()
    if values.ndim not in (2, 3) or values.min(initial=0) < 0 or values.max(initial=0) > VOID:
        raise ValueError(f"an image of shape {list(values.shape)} and {values.dtype}, which is none")
    return Image.fromarray(values.astype(np.uint8))


def _reader_of(spec: DataSpec, task: str, names: tuple[str, ...]) -> _Reader:
    """What makes a target of what a data set gives beside an image."""
    if task == "colorization":
        return lambda truth, image, size, where: None
    if task == "classification":
        return partial(_label, names=names)
    if is_own(task):
        return lambda truth, image, size, where: _numbers(truth, size)
    labels: MaskReader = mapped(map_of(spec.labels)) if spec.labels else grey_labels

    def mask(truth: Any, image: Image.Image, size: Size, where: Path) -> Pixels:
        drawn = truth if isinstance(truth, Image.Image) else Image.fromarray(_labels(truth))
        if drawn.size != image.size:
            shown = f"{image.width}x{image.height} but its mask is {drawn.width}x{drawn.height}"
            raise DataError(f"{where}: {shown}; an image and its mask are of equal size")
        return labels(drawn.resize((size[1], size[0]), Image.Resampling.NEAREST), where)

    return mask


def _label(truth: Any, image: Image.Image, size: Size, where: Path, *, names: tuple[str, ...]) -> np.int64:
    label = int(truth)
    if not 0 <= label < len(names):
        raise DataError(f"{where}: has label {label}; classes are 0 to {len(names) - 1} ({', '.join(names)})")
    return np.int64(label)


def _numbers(truth: Any, size: Size) -> NDArray[np.float32]:
    """Of an image [] or [numbers], as they are; of its pixels [height, width], scaled without mixing neighbours, since
    some may be unknown (nan)."""
    values = np.asarray(truth, dtype=np.float32)
    if values.ndim == 3 and 1 in (values.shape[0], values.shape[2]):
        values = values[0] if values.shape[0] == 1 else values[..., 0]
    if values.ndim < 2:
        return values.reshape(()) if values.size == 1 else values
    if values.ndim > 2:
        raise ValueError(f"shape {list(values.shape)}; give a number, a row of numbers, or [height, width]")
    return np.asarray(Image.fromarray(values).resize((size[1], size[0]), Image.Resampling.NEAREST))


def _labels(truth: Any) -> Any:
    values = np.asarray(truth)
    if values.ndim == 3 and values.shape[0] == 1:
        values = values[0]
    return values.astype(np.int32 if values.dtype != np.uint8 and values.ndim == 2 else np.uint8)


def _table(
    target: str, spec: DataSpec, task: str, names: tuple[str, ...], layout: str
) -> Callable[[Mapping[str, Counts]], ClassTable]:
    if task == "colorization":
        return lambda counts: ClassTable((), (), layout)
    if is_own(task):
        return lambda counts: ClassTable(names, distinct_colors(len(names)), layout)
    if task == "classification":
        if len(names) < 2:
            raise DataError(
                f"data.source: {target}: names no classes; give its data set `classes`, as torchvision's have, or set "
                "data.classes"
            )
        return lambda counts: ClassTable(names, distinct_colors(len(names)), layout)
    if spec.labels:
        labels = map_of(spec.labels)
        return lambda counts: mapped_table(labels, counts, layout, target)

    def of_masks(counts: Mapping[str, Counts]) -> ClassTable:
        if not names:
            return table_of(spec, counts, layout, where=target)
        void = frozenset() if spec.ignore is None else frozenset({spec.ignore})
        table = ClassTable(names, distinct_colors(len(names)), layout, void)
        refuse_one_class(counts, table, target)
        return table

    return of_masks


def _version(target: str, spec: DataSpec) -> str:
    """What its images follow from: its code, and the files under `data.path`."""
    listing = hashlib.sha256()
    for line in sorted(_files(spec.path)) if spec.path is not None else ():
        listing.update(line.encode())
    return f"{target} {digest_of_imported(target)} {listing.hexdigest()[:16]}"


def _files(root: Path) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        for name in names:
            state = Path(folder, name).stat()
            yield f"{Path(folder, name).relative_to(root)} {state.st_size} {state.st_mtime_ns}"
