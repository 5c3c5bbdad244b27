"""Names of the metrics that are made of a class's name. Knows no torch."""

from __future__ import annotations

import re


def metric_name(class_name: str) -> str:
    """`road line` as `val_iou_road_line`."""
    return "val_iou_" + re.sub(r"\W+", "_", class_name.lower()).strip("_")
