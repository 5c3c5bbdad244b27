"""The files that answer photos: masks with overlays, classes, or colour photos; and the table of them all."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from cnnmodels.data.pictures import Pixels
from cnnmodels.tasks.colorization import grey_of
from reports.pages.table_files import as_file
from reports.records.atomic_write import write_atomically
from reports.records.errors import SweepError
from reports.records.spec import DataSummary
from tune_jobs.gallery import heat, in_class_colors
from tune_jobs.use.asked_photos import TABLE, AskedPhoto

_TABLES = (TABLE, "predictions.parquet")
_MASK_SHARE = 0.5  # of an overlay; the rest is the photo
_BAND_ROWS = 512  # of an overlay that is mixed at once
Row = tuple[dict[str, Any], NDArray[Any]]  # of the table; and a number for each class


class AnswerFiles(ABC):
    """What the answers of one task become: files photo by photo, and at the end `predictions.csv` and `.parquet`."""

    of_class = "{}"  # name of the column that tells something of one class

    def __init__(self, out: Path, data: DataSummary) -> None:
        self._out, self._data = out, data
        self._rows: list[dict[str, Any]] = []
        self._of_classes: list[NDArray[np.float32]] = []  # a row each; small, since there may be many

    def add(self, asked: AskedPhoto, photo: Pixels, bands: Iterator[Tensor]) -> None:
        """Write the answer to a photo [height, width, 3], which comes band by band."""
        row, of_classes = self._write_answer(asked.answer, photo, bands)
        self._rows.append({"image": asked.shown, **row, "problem": None})
        self._of_classes.append(of_classes.astype(np.float32))

    def skip(self, asked: AskedPhoto, problem: str) -> None:
        """A photo that could not be read."""
        self._rows.append({"image": asked.shown, "problem": problem})
        self._of_classes.append(np.full(len(self._data.classes), np.nan, dtype=np.float32))

    def write_table(self) -> pd.DataFrame:
        """Write a row for each photo, and give them back."""
        told = pd.DataFrame(self._rows)
        names = [self.of_class.format(name) for name in self._data.classes]
        of_classes = pd.DataFrame(np.stack(self._of_classes), columns=names, index=told.index)
        table = pd.concat([told.drop(columns="problem"), of_classes, told["problem"]], axis=1)
        for name in _TABLES:
            _write(self._out / name, as_file(table, name))
        return table

    @abstractmethod
    def _write_answer(self, name: str, photo: Pixels, bands: Iterator[Tensor]) -> Row:
        """Write the files of one answer under a name."""


def files_of_task(task: str, out: Path, data: DataSummary) -> AnswerFiles:
    """The files of a task in a folder, which is made with the first of them."""
    kinds: dict[str, type[AnswerFiles]] = {
        "segmentation": _Masks,
        "classification": _Classes,
        "colorization": _ColorPhotos,
    }
    return kinds.get(task, _Numbers)(out, data)


class _Classes(AnswerFiles):
    """The class of a photo, its probability, and that of every class."""

    of_class = "p({})"

    def _write_answer(self, name: str, photo: Pixels, bands: Iterator[Tensor]) -> Row:
        probabilities = next(bands).numpy()  # [classes]
        best = int(probabilities.argmax())
        return {"class": self._data.classes[best], "probability": float(probabilities[best])}, probabilities


class _Masks(AnswerFiles):
    """A palette PNG of class numbers in the classes' colours, and the photo with the mask laid over it."""

    of_class = "share({})"

    def _write_answer(self, name: str, photo: Pixels, bands: Iterator[Tensor]) -> Row:
        parts, sure = [], 0.0
        for band in bands:
            best = band.max(0)
            parts.append(best.indices.to(torch.uint8).numpy())
            sure += float(best.values.double().sum())
        labels = np.concatenate(parts)
        mask, overlay = f"masks/{name}.png", f"overlays/{name}.jpg"
        _write(self._out / mask, _png(_with_palette(labels, self._data.colors)))
        _write(self._out / overlay, _jpeg(self._laid_over(photo, labels)))
        shares = np.bincount(labels.ravel(), minlength=len(self._data.classes)) / labels.size
        return {"mask": mask, "overlay": overlay, "mean_probability": sure / labels.size}, shares

    def _laid_over(self, photo: Pixels, labels: Pixels) -> Pixels:
        mixed = np.empty_like(photo)
        for top in range(0, len(photo), _BAND_ROWS):
            rows = slice(top, top + _BAND_ROWS)
            colors = in_class_colors(labels[rows], self._data.colors)
            mixed[rows] = np.rint(colors * _MASK_SHARE + photo[rows] * (1 - _MASK_SHARE))
        return mixed


class _ColorPhotos(AnswerFiles):
    """The photo in colour. Each pixel is as bright as the photo says, since that is known; its colour is predicted."""

    def _write_answer(self, name: str, photo: Pixels, bands: Iterator[Tensor]) -> Row:
        parts, top = [], 0
        for band in bands:
            below = top + band.shape[1]
            parts.append(_as_bright_as(photo[top:below], band))
            top = below
        file = f"colors/{name}.png"
        _write(self._out / file, _png(Image.fromarray(np.concatenate(parts))))
        return {"colored": file}, np.zeros(0)


class _Numbers(AnswerFiles):
    """What a network of somebody's own task answers: numbers of a photo in the table, or planes of numbers as a file of
    numpy, and as a picture where it is one plane."""

    def _write_answer(self, name: str, photo: Pixels, bands: Iterator[Tensor]) -> Row:
        parts, nothing = list(bands), np.full(len(self._data.classes), np.nan)
        if parts[0].ndim == 1:
            return {f"output_{place}": float(value) for place, value in enumerate(parts[0])}, nothing
        values = torch.cat(parts, dim=1).numpy()
        file = f"answers/{name}.npy"
        _write(self._out / file, _npy(values))
        if len(values) > 1:
            return {"answer": file}, nothing
        picture, low, high = f"answers/{name}.png", float(values.min()), float(values.max())
        _write(self._out / picture, _png(Image.fromarray(heat(values[0], low, high))))
        return {"answer": file, "picture": picture, "lowest": low, "highest": high}, nothing


def _as_bright_as(photo: Pixels, colors: Tensor) -> Pixels:
    """Colours [3, rows, width] in 0 to 1 with the luma of a photo [rows, width, 3], as RGB [rows, width, 3]."""
    known = grey_of(torch.tensor(photo).permute(2, 0, 1)[None].float() / 255)
    bright = (colors[None] - grey_of(colors[None]) + known)[0].clamp(0, 1)
    found: Pixels = (bright * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    return found


def _with_palette(labels: Pixels, colors: tuple[tuple[int, int, int], ...]) -> Image.Image:
    image = Image.fromarray(labels)
    image.putpalette([value for color in colors for value in color])
    return image


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _npy(values: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def _jpeg(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()


def _write(path: Path, content: bytes) -> None:
    """
    Raises:
        SweepError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    except OSError as error:
        raise SweepError(f"{path}: cannot be written ({error.strerror}); choose another --out") from None
