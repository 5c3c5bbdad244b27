"""From a DataSpec to a Source: a generated set, or the first layout of the task that a folder has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cnnmodels.data import mask_layouts, photo_layouts
from cnnmodels.data.generated import generated
from cnnmodels.data.sources import Source
from cnnmodels.data.spec import DataSpec
from cnnmodels.errors import DataError

Layout = Callable[[Path, DataSpec], Source | None]  # None: the folder has another layout
_LAYOUTS: dict[str, list[Layout]] = {
    "segmentation": [mask_layouts.camvid, mask_layouts.lyft, mask_layouts.voc],
    "classification": [photo_layouts.class_folders],
    "colorization": [photo_layouts.photos],
}
UNDERSTOOD = {
    "segmentation": "train/ + trainannot/ and val/ + valannot/ (CamVid), CameraRGB/ + CameraSeg/ (Lyft-Udacity), "
    "VOC2007/ with JPEGImages/, SegmentationClass/ and ImageSets/Segmentation/ (PASCAL VOC)",
    "classification": "train/CLASS/ + valid/CLASS/ (BIRDS-400), or CLASS/ alone",
    "colorization": "train/ + val/ with colour photos, or any folder of them",
}


def open_source(spec: DataSpec, task: str) -> Source:
    """The source that a DataSpec means for a task.

    Raises:
        DataError: the folder is missing, or its layout is none that is understood for this task.
    """
    if spec.path is None:
        return generated(spec, task)
    root = spec.path
    if not root.exists():
        raise DataError(f"{root}: no such folder")
    if not root.is_dir():
        raise DataError(f"{root}: is a file; --data takes a folder of images")
    for layout in _LAYOUTS[task]:
        source = layout(root, spec)
        if source is not None:
            return source
    seen = ", ".join(sorted(path.name for path in root.iterdir())[:6]) or "nothing"
    raise DataError(
        f"{root}: layout not recognised (it holds {seen}); what is understood for {task}: {UNDERSTOOD[task]}"
    )


def tasks_of(spec: DataSpec) -> dict[str, Source]:
    """Every task that a folder's layout serves, with its source; folders of masks are no classes of photos."""
    found: dict[str, Source] = {}
    for task in _LAYOUTS:
        if task == "classification" and "segmentation" in found:
            continue
        try:
            found[task] = open_source(spec, task)
        except DataError:
            continue
    return found
