"""From sums over images to metrics: those of `evaluation.evaluate`, for many selections of the images at once.

A bootstrap sums over as many selections as it draws; an image alone is a selection too. Knows no torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cnnmodels.metric_names import metric_name

Values = NDArray[np.float64]
Sums = dict[str, Values]  # of each image, or of each selection of images: [rows] or [rows, classes]


def metrics_of_sums(sums: Mapping[str, Values], task: str, classes: Sequence[str]) -> Sums:
    """The metrics of each row, each [rows]; nan where a row has nothing to measure one by.

    Args:
        sums: as image_sums.py counts them, summed over the images of each row.
        task: which metrics there are.
        classes: their names; none for a colorization.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "val_loss": sums["loss"] / sums["loss_count"],
            **(_METRICS[task](sums, classes) if task in _METRICS else {}),
        }


def iou(sums: Mapping[str, Values]) -> Values:
    """Of each class, [rows, classes]; nan for a class that does not occur in the truth."""
    return _of_occurring(sums, sums["hits"] / (sums["truth"] + sums["predicted"] - sums["hits"]))


def f1(sums: Mapping[str, Values]) -> Values:
    """Of each class, [rows, classes]; nan for a class that does not occur in the truth."""
    return _of_occurring(sums, 2 * sums["hits"] / (sums["truth"] + sums["predicted"]))


def _segmentation(sums: Mapping[str, Values], classes: Sequence[str]) -> Sums:
    of_classes = iou(sums)
    return {
        "val_miou": _mean_known(of_classes),
        "val_pixel_accuracy": _accuracy(sums),
        "val_macro_jaccard": sums["jaccard"] / sums["jaccard_count"],
        **{metric_name(name): of_classes[:, place] for place, name in enumerate(classes)},
    }


def _classification(sums: Mapping[str, Values], classes: Sequence[str]) -> Sums:
    return {"val_accuracy": _accuracy(sums), "val_macro_f1": _mean_known(f1(sums))}


def _colorization(sums: Mapping[str, Values], classes: Sequence[str]) -> Sums:
    return {
        "val_psnr": -10 * np.log10(np.maximum(sums["squares"] / sums["values"], 1e-10)),
        "val_ssim": sums["ssim"] / sums["images"],
        "val_sharpness": sums["energy"] / np.maximum(sums["true_energy"], 1e-10),
    }


def _accuracy(sums: Mapping[str, Values]) -> Values:
    accuracy: Values = sums["hits"].sum(1) / sums["truth"].sum(1)
    return accuracy


def _mean_known(of_classes: Values) -> Values:
    known = ~np.isnan(of_classes)
    mean: Values = np.where(known, of_classes, 0).sum(1) / known.sum(1)
    return mean


def _of_occurring(sums: Mapping[str, Values], of_classes: Values) -> Values:
    return np.where(sums["truth"] > 0, of_classes, np.nan)


_METRICS = {"segmentation": _segmentation, "classification": _classification, "colorization": _colorization}
