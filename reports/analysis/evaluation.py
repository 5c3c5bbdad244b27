"""A network measured on a set of images, as tables: metrics with intervals, class by class, image by image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnmodels.inference.metrics_of_sums import Sums, Values, f1, iou, metrics_of_sums
from reports.analysis.bootstrap import draws, interval, share_interval

_BY_LOSS = ("loss", False)
_WORST_BY = {"segmentation": ("miou", True), "classification": ("loss", False), "colorization": ("psnr", True)}


@dataclass(frozen=True)
class Evaluation:
    """What was found; metrics are named `test_miou` of test images, `val_miou` of validation images and `miou` of
    others."""

    sweep: str
    trial: str
    task: str
    of: str  # test, val, or the folder of other images
    metrics: pd.DataFrame  # metric, value, low, high; the last two are None where no interval can be given
    classes: pd.DataFrame  # of each class that occurs: class, images, share, iou or f1, recall, precision; their ends
    images: pd.DataFrame  # image, its own metrics; of a classification its class, and what it is taken for
    confusion: NDArray[np.int64] | None  # images or pixels [truth, prediction]
    class_names: tuple[str, ...]

    def worst(self, count: int) -> pd.DataFrame:
        """The images that went worst, worst first: by their mIoU, by their loss, or by their PSNR."""
        by, rising = _WORST_BY.get(self.task, _BY_LOSS)
        return self.images.dropna(subset=[by]).sort_values(by, ascending=rising, kind="stable").head(count)

    @property
    def worst_by(self) -> str:
        """What `worst` goes by."""
        return _WORST_BY.get(self.task, _BY_LOSS)[0]

    def as_json(self) -> dict[str, Any]:
        """Everything but the single images."""
        return {
            "sweep": self.sweep,
            "trial": self.trial,
            "on": self.of,
            "images": len(self.images),
            "metrics": _rows(self.metrics),
            "classes": _rows(self.classes),
            "confusion": None if self.confusion is None else self.confusion.tolist(),
        }


def evaluation_of(
    sums: Sums,
    confusion: NDArray[np.int64] | None,
    own: Mapping[str, float],
    own_of_images: Mapping[str, NDArray[np.float64]],
    *,
    sweep: str,
    trial: str,
    task: str,
    of: str,
    classes: tuple[str, ...],
    images: Sequence[str],
) -> Evaluation:
    """The tables of what was counted.

    Args:
        sums: of each image, as cnnmodels.inference counts them.
        confusion: over all images.
        own, own_of_images: what metrics of somebody's own say of all images, without an interval, and of each.
        sweep, trial, task: whose network it is.
        of: test, val, or what people call the images.
        classes: names of the classes; none for a colorization.
        images: a name for each image.
    """
    measured = partial(metrics_of_sums, task=task, classes=classes)
    drawn = draws(sums, partial(_with_classes, measured=measured), np.random.default_rng(0))
    prefix = f"{of}_" if of in ("test", "val") else ""
    return Evaluation(
        sweep=sweep,
        trial=trial,
        task=task,
        of=of,
        metrics=_metrics_table(sums, measured(_summed(sums)), drawn, own, prefix),
        classes=_class_table(sums, drawn, task, classes),
        images=_image_table(sums, {**measured(sums), **own_of_images}, task, classes, images),
        confusion=confusion,
        class_names=classes,
    )


def _with_classes(sums: Mapping[str, Values], measured: Any) -> dict[str, Values]:
    """The metrics of each row, and what is said of each class."""
    return {**measured(sums), **_of_classes(sums)}


def _of_classes(sums: Mapping[str, Values]) -> dict[str, Values]:
    """IoU, F1, recall and precision of each class, [rows, classes]; nothing of a colorization."""
    if "hits" not in sums:
        return {}
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "iou": iou(sums),
            "f1": f1(sums),
            "recall": sums["hits"] / sums["truth"],
            "precision": sums["hits"] / sums["predicted"],
        }


def _summed(sums: Sums) -> Sums:
    return {name: values.sum(0, keepdims=True) for name, values in sums.items()}


def _metrics_table(
    sums: Sums, found: Sums, drawn: Mapping[str, Values], own: Mapping[str, float], prefix: str
) -> pd.DataFrame:
    rows = []
    count = len(sums["loss"])
    for name, value in found.items():
        if np.isnan(value[0]):
            continue  # a class that does not occur
        ends = interval(drawn[name], _images_behind(name, found, sums, count))
        if name == "val_accuracy":
            ends = share_interval(float(sums["hits"].sum()), count)
        low, high = ends or (None, None)
        rows.append({"metric": name.replace("val_", prefix, 1), "value": float(value[0]), "low": low, "high": high})
    rows += [
        {"metric": name.replace("val_", prefix, 1), "value": value, "low": None, "high": None}
        for name, value in own.items()
    ]
    return pd.DataFrame(rows, columns=["metric", "value", "low", "high"])


def _images_behind(name: str, found: Sums, sums: Sums, count: int) -> int:
    """How many images a metric is of: those that show the class, where it is of one."""
    of_classes = [one for one in found if one.startswith("val_iou_")]
    return int((sums["truth"][:, of_classes.index(name)] > 0).sum()) if name in of_classes else count


def _class_table(sums: Sums, drawn: Mapping[str, Values], task: str, classes: Sequence[str]) -> pd.DataFrame:
    if "hits" not in sums:
        return pd.DataFrame()
    total = _summed(sums)
    values = _of_classes(total)
    shown = ("f1" if task == "classification" else "iou", "recall", "precision")
    rows = []
    for place, name in enumerate(classes):
        images = int((sums["truth"][:, place] > 0).sum())
        if not images:
            continue
        row: dict[str, Any] = {"class": name, "images": images}
        row["share"] = float(total["truth"][0, place] / total["truth"].sum())
        for measure in shown:
            ends = interval(drawn[measure][:, place], images)
            if task == "classification" and measure != "f1":
                of = total["truth" if measure == "recall" else "predicted"][0, place]
                ends = share_interval(float(total["hits"][0, place]), float(of))
            value = float(values[measure][0, place])
            row[measure] = None if np.isnan(value) else value  # a class that is never predicted has no precision
            row[f"{measure}_low"], row[f"{measure}_high"] = ends or (None, None)
        rows.append(row)
    return pd.DataFrame(rows)


def _image_table(sums: Sums, found: Sums, task: str, classes: Sequence[str], images: Sequence[str]) -> pd.DataFrame:
    table = pd.DataFrame({"image": list(images)})
    for name, values in found.items():
        if not name.startswith(("val_iou_", "val_macro_f1")):  # what one image says of a class is in its mIoU
            table[name.removeprefix("val_")] = values
    if task == "classification":
        names = np.array(classes, dtype=object)
        table["class"] = names[sums["truth"].argmax(1)]
        table["taken_for"] = names[sums["predicted"].argmax(1)]
    return table


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with None for what is missing, as JSON has no nan."""
    return [
        {str(name): None if isinstance(value, float) and np.isnan(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]
