"""The page of an evaluation, and its tables: metrics with intervals, classes, the confusion matrix, worst images."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from reports.analysis.bootstrap import DRAWS
from reports.analysis.evaluation import Evaluation
from reports.figures.confusion import draw
from reports.pages.report import embedded, page
from reports.records.atomic_write import write_atomically
from reports.records.errors import SweepError

PAGE, JSON = "evaluation.html", "evaluation.json"


@dataclass(frozen=True)
class PictureRow:
    """One line of pictures."""

    caption: str
    pictures: dict[str, NDArray[np.uint8]]  # [height, width, 3] of each column


def write_evaluation(found: Evaluation, out: Path, worst: list[PictureRow], remarks: list[str]) -> Path:
    """Write the page, `evaluation.json` and a table each of metrics, classes, images and confusion; the page's path.

    Args:
        found: what was measured.
        out: a folder, which is made.
        worst: pictures of the worst images, the worst first.
        remarks: what else is to be said, a sentence each.

    Raises:
        SweepError: the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, table in _tables(found).items():
            write_atomically(out / name, table.to_csv(index=False))
        write_atomically(out / JSON, json.dumps(found.as_json(), allow_nan=False))
        write_atomically(out / PAGE, render(found, worst, remarks))
    except OSError as error:
        raise SweepError(f"{out}: cannot be written ({error.strerror}); choose another --out") from None
    return out / PAGE


def render(found: Evaluation, worst: list[PictureRow], remarks: list[str]) -> str:
    """The page's HTML, which opens offline."""
    matrix = found.confusion
    figures = {} if matrix is None else {"confusion": embedded(draw(matrix.tolist(), list(found.class_names)))}
    return page(
        "evaluation.html",
        live=None,
        figures=figures,
        found=found,
        metrics=_with_none(found.metrics),
        classes=_with_none(found.classes),
        measures=[name for name in ("iou", "f1", "recall", "precision") if name in found.classes],
        draws=DRAWS,
        remarks=remarks,
        worst=[(row.caption, {column: _as_uri(pixels) for column, pixels in row.pictures.items()}) for row in worst],
        columns=list(worst[0].pictures) if worst else [],
    )


def _tables(found: Evaluation) -> dict[str, pd.DataFrame]:
    tables = {"metrics.csv": found.metrics, "images.csv": found.images}
    if found.confusion is not None:
        matrix = pd.DataFrame(found.confusion, columns=list(found.class_names))
        matrix.insert(0, "truth \\ prediction", list(found.class_names))
        tables |= {"classes.csv": found.classes, "confusion.csv": matrix}
    return tables


def _with_none(table: pd.DataFrame) -> list[dict[str, object]]:
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _as_uri(pixels: NDArray[np.uint8]) -> str:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
