"""`tune predict`: a sweep's winner put to work on photos that no sweep has seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from cnnmodels.checkpoint import load
from cnnmodels.inference.own_size import Size, as_images, scaled, scaled_bands, size_around, tiled
from cnnmodels.inference.photos import Photo, in_batches, read_photos
from cnnmodels.inference.predictor import BATCH, Predictor, best_device
from cnnmodels.task_table import answers_pixels
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec
from tune_jobs.own_code import use_kept_code
from tune_jobs.progress import Progress
from tune_jobs.use.answer_files import AnswerFiles, files_of_task
from tune_jobs.use.asked_photos import AskedPhoto, asked_photos
from tune_jobs.use.options import TILES, PredictOptions
from tune_jobs.use.weights import TrainedWeights, chosen_weights, kept_weights

_NAMED = 10  # broken files that are named in the terminal


@dataclass(frozen=True)
class Predictions:
    """What came out."""

    folder: Path  # holds predictions.csv and .parquet, and the pictures
    table: pd.DataFrame  # a row a photo; `problem` says what is wrong with one that was skipped

    @property
    def skipped(self) -> pd.DataFrame:
        """The photos that could not be read."""
        return self.table[self.table["problem"].notna()]


def predict(folder: SweepFolder, photos: Sequence[Path], options: PredictOptions, progress: Progress) -> Predictions:
    """Answer photos of any size with what a sweep has found.

    Args:
        folder: of the sweep.
        photos: files and folders.
        options: which networks, how, and where the answers go.
        progress: hears how it gets on.

    Raises:
        UserError: there are no such photos, no such trial, no weights, or the answers cannot be written.
    """
    spec = folder.spec()
    if options.tile not in (None, *TILES):
        raise SweepError(f"--tile {options.tile}: use {' or '.join(TILES)}, or leave it out")
    for option, name in (("--trial", options.trial), ("--training", options.training)):
        if options.ensemble and name is not None:
            raise SweepError(f"{option} {name}: one network is no ensemble; leave out {option} or --ensemble")
    out = options.out or Path("predictions") / folder.name
    asked = asked_photos(photos, out)
    chosen = None if options.ensemble else chosen_weights(folder, options.trial, options.training)
    weights = [chosen] if chosen else kept_weights(folder)
    if not weights:
        raise SweepError(f"{folder.name}: the weights of no trial were kept, so there is no network to use")
    use_kept_code(folder, spec)
    if options.tile is not None and not answers_pixels(spec.space.task):
        raise SweepError(f"--tile {options.tile}: a class is of a whole photo; leave it out")
    checkpoints = [load(one.path) for one in weights]
    predictor = Predictor(checkpoints, spec.data.classes, best_device(), flips=options.tta)
    files = files_of_task(spec.space.task, out, spec.data)
    _say_what_is_done(spec, weights, options, progress)
    _answer_all(asked, _framed(predictor, spec.data.image_size, options), files, progress)
    found = Predictions(out, files.write_table())
    _say_skipped(found.skipped, progress)
    return found


Framed = Callable[[list[Photo]], Iterator[Iterator[Tensor]]]  # of each photo its answer, band by band


def _framed(predictor: Predictor, size: Size, options: PredictOptions) -> Framed:
    """How photos of any size are brought before a network that was trained at one size."""

    def as_a_whole(photos: list[Photo]) -> Iterator[Iterator[Tensor]]:
        answers = predictor.answers(as_images([scaled(photo.pixels, size) for photo in photos]))
        for photo, answer in zip(photos, answers, strict=True):
            yield scaled_bands(answer, _size_of(photo)) if answer.ndim == 3 else iter([answer])

    def in_tiles_of_its_own_pixels(photos: list[Photo]) -> Iterator[Iterator[Tensor]]:
        for photo in photos:
            yield tiled(predictor.answers, photo.pixels, size)

    def in_tiles(photos: list[Photo]) -> Iterator[Iterator[Tensor]]:
        for photo in photos:
            fitting = scaled(photo.pixels, size_around(_size_of(photo), size))
            answer = torch.cat(list(tiled(predictor.answers, fitting, size)), dim=1)
            yield scaled_bands(answer, _size_of(photo))

    return {None: as_a_whole, "auto": in_tiles, "own": in_tiles_of_its_own_pixels}[options.tile]


def _size_of(photo: Photo) -> Size:
    height, width, _ = photo.pixels.shape
    return height, width


def _answer_all(asked: list[AskedPhoto], framed: Framed, files: AnswerFiles, progress: Progress) -> None:
    """Answer photo after photo, a few in memory at a time."""
    upcoming, done = iter(asked), 0
    with progress.counting("Predicting") as count:
        for batch in in_batches(read_photos([photo.path for photo in asked]), BATCH):
            answers = framed([photo for photo in batch if photo.problem is None])
            for photo in batch:
                if photo.problem is not None:
                    files.skip(next(upcoming), photo.problem)
                else:
                    files.add(next(upcoming), photo.pixels, next(answers))
            done += len(batch)
            count(done, len(asked))


def _say_what_is_done(
    spec: SweepSpec, weights: list[TrainedWeights], options: PredictOptions, progress: Progress
) -> None:
    height, width = spec.data.image_size
    networks = " and ".join(one.in_words for one in weights)
    mirrored = "; its answers to mirror images are averaged in" if options.tta else ""
    together = f"the mean of {len(weights)}: " if options.ensemble else ""
    progress.say(f"Network of {spec.name}: {together}{networks}{mirrored}.")
    training = f"{height}x{width} pixels (height x width)"
    if options.tile == "own":
        progress.say(f"Photos are cut into overlapping tiles of {training}, the size of training.")
    elif options.tile == "auto":
        progress.say(
            f"Photos keep their shape: each is scaled until {training}, the size of training, just fit in it, and cut "
            "into overlapping tiles of that; answers are scaled back."
        )
    else:
        back = "" if not answers_pixels(spec.space.task) else ", and its answer back to its own size"
        progress.say(f"Each photo is scaled to {training} as in training{back}.")


def _say_skipped(skipped: pd.DataFrame, progress: Progress) -> None:
    problems = skipped["problem"]
    for problem in problems.head(_NAMED):
        progress.say(f"Skipped: {problem}")
    if len(problems) > _NAMED:
        progress.say(f"Skipped {len(problems) - _NAMED} more; predictions.csv names them all.")
