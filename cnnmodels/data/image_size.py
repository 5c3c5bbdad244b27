"""The size that images are scaled to where nobody says one: their own shape, and no more pixels than can be paid."""

from __future__ import annotations

import math
from statistics import median

from cnnmodels.data.layouts import open_source
from cnnmodels.data.pictures import size_of
from cnnmodels.data.sources import Sample
from cnnmodels.data.spec import DataSpec, Size
from cnnmodels.errors import DataError
from cnnmodels.task_table import OWN_TASKS

# A third of a second to half a minute an epoch of a thousand images with the packaged networks, on one core.
CPU_PIXELS = {"classification": 64 * 64, "segmentation": 128 * 128, "colorization": 128 * 128}
GPU_PIXELS = 256 * 256
MULTIPLE = 16  # of each side: what four poolings divide
_GENERATED: dict[str, Size] = {"streets": (96, 128), "shapes": (48, 48), "meadows": (64, 96)}
_SMALLER = 0.25  # how bad half the pixels are beside half the width
_LOOKED_AT = 200  # images, evenly spread; a header is read in a fraction of a millisecond


def with_size(spec: DataSpec, task: str, *, gpu: bool = False) -> DataSpec:
    """The same spec with a size in the place of `auto`; one that names a size is returned as it is.

    Args:
        spec: which images.
        task: what is learnt from them.
        gpu: whether they are trained on with a GPU, which pays for more pixels.

    Raises:
        DataError: the folder is missing, or its layout is not understood.
    """
    if spec.image_size != "auto":
        return spec
    if spec.is_generated:
        return spec.model_copy(update={"image_size": _GENERATED[str(spec.name)]})
    native = native_size(open_source(spec, task).splits["train"])
    most = GPU_PIXELS if gpu else CPU_PIXELS[OWN_TASKS.get(task, task)]
    return spec.model_copy(update={"image_size": (96, 128) if native is None else fitted(native, most)})


def native_size(samples: list[Sample]) -> Size | None:
    """Median height and width of images, upright; None where none of them can be opened."""
    step = max(1, len(samples) // _LOOKED_AT)
    sizes = [size for sample in samples[::step] if (size := _size_of(sample)) is not None]
    if not sizes:
        return None
    return round(median(height for height, _ in sizes)), round(median(width for _, width in sizes))


def _size_of(sample: Sample) -> Size | None:
    if sample.files:
        return size_of(sample.files[0])
    try:
        return sample.native() if sample.native is not None else None
    except DataError:
        return None  # whoever decodes it says so


def fitted(native: Size, most_pixels: int) -> Size:
    """The size with sides that networks divide which is nearest in shape, and not much smaller than it may be; never
    larger than the images are, but for rounding up to such a side."""
    shape, (height, width) = native[1] / native[0], [math.ceil(side / MULTIPLE) * MULTIPLE for side in native]
    sizes = [
        (high, min(width, max(MULTIPLE, round(high * shape / MULTIPLE) * MULTIPLE)))
        for high in range(MULTIPLE, height + 1, MULTIPLE)
    ]
    affordable = [size for size in sizes if math.prod(size) <= most_pixels]

    def cost(size: Size) -> float:
        return abs(math.log(size[1] / size[0] / shape)) + _SMALLER * math.log(most_pixels / math.prod(size))

    return min(affordable, key=cost) if affordable else (MULTIPLE, min(width, most_pixels // MULTIPLE))
