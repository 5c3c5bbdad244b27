"""`tune train`: one configuration of a sweep trained by itself, by the code that trains trials, in this process.

A single run needs no Ray: it takes all cores, or the GPU. What it leaves lies under its sweep, in a folder of its own.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

import torch

from cnnmodels.checkpoint import Checkpoint, TrialCheckpoints
from cnnmodels.config import TrialConfig, parse
from cnnmodels.data import ImageData, default_cache
from cnnmodels.data.joined import joined
from cnnmodels.errors import UserError
from cnnmodels.inference.predictor import best_device
from cnnmodels.training import EpochResult, end_of, fit
from reports.analysis.training import trained_of
from reports.records.atomic_write import write_atomically
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.record import EpochEnded, Event, Note, Reason, Record, TrialEnded, TrialStarted, finite
from reports.records.spec import SweepSpec
from reports.records.training import TrainingFolder, TrainingSpec
from tune_jobs.cluster.own_ray import exit_on_sigterm
from tune_jobs.environment import refuse_unwritable_cache
from tune_jobs.formatting import counted, duration
from tune_jobs.own_code import use_kept_code
from tune_jobs.prepare import load_known, moved
from tune_jobs.progress import Progress
from tune_jobs.resources.gpu_share import is_out_of_memory
from tune_jobs.storage.faults import is_storage_fault
from tune_jobs.storage.mirror import send_files
from tune_jobs.storage.working_copy import storage_option
from tune_jobs.use.options import TrainOptions
from tune_jobs.use.trainings import asked_training, hold_training, why_anew

TrainOutcome = Literal["completed", "diverged", "SIGINT", "SIGTERM", "paused"]


@dataclass(frozen=True)
class TrainResult:
    """How a training ended."""

    training: TrainingFolder
    outcome: TrainOutcome
    paused_by: str | None = None  # what is wrong with the storage
    missing: str | None = None  # why its page could not be drawn, or not be sent


def train(folder: SweepFolder, options: TrainOptions, progress: Progress, *, command: str) -> TrainResult:
    """Train a configuration of a sweep to its end, from its newest checkpoint where it was begun before.

    Args:
        folder: of the sweep.
        options: which configuration, for how long, on which images.
        progress: hears of every epoch.
        command: as it stands on the page.

    Raises:
        UserError: there is no such trial, the images have changed or are gone, another process trains the same, or the
            GPU has too little memory.
    """
    spec = use_kept_code(folder, moved(folder.spec(), options.data))
    training, asked = asked_training(folder, options, command)
    if training.spec_path.exists() and trained_of(training).is_complete and training.spec() == asked:
        return _is_complete(training, asked, progress)
    cache = default_cache()
    refuse_unwritable_cache(cache)
    data = load_known(spec, cache, progress)
    training.path.mkdir(parents=True, exist_ok=True)
    lock = hold_training(training)
    try:
        if training.spec_path.exists():
            training.refuse_newer()
        write_atomically(training.spec_path, asked.model_dump_json(indent=1) + "\n")
        result = _Run(training, asked, spec, progress).to_its_end(data if asked.on == "train" else joined(data))
        return _finished(result)
    finally:
        lock.release()


class _Run:
    """One training while this process trains it: its record, its checkpoints."""

    def __init__(self, training: TrainingFolder, asked: TrainingSpec, sweep: SweepSpec, progress: Progress) -> None:
        self._training, self._asked, self._sweep, self._progress = training, asked, sweep, progress
        self._checkpoints = TrialCheckpoints(training.path)
        self._config = parse(asked.config)

    def to_its_end(self, data: ImageData) -> TrainResult:
        """Whatever ends it, its record says so."""
        exit_on_sigterm()
        device = best_device()
        try:
            with _opened(self._training) as append:
                resume = self._newest(append)
                self._say_what_is_done(data, device, resume)
                try:
                    reason = self._epochs(data, device, resume, append)
                    outcome: TrainOutcome = "diverged" if reason == "diverged" else "completed"
                except KeyboardInterrupt:
                    reason, outcome = "interrupted", "SIGINT"
                except SystemExit:
                    reason, outcome = "interrupted", "SIGTERM"
                append(TrialEnded(trial=self._training.name, reason=reason))
        except OSError as error:
            if not is_storage_fault(error):
                raise
            where = error.filename or self._training.path
            return TrainResult(self._training, "paused", f"{where}: {error.strerror}")
        return TrainResult(self._training, outcome)

    def _newest(self, append: Callable[[Event], None]) -> Checkpoint | None:
        """Where it goes on from. Epochs that a killed process had saved but not recorded are recorded now."""
        name, known = self._training.name, self._training.state().epochs
        append(TrialStarted(trial=name, config=self._asked.config, node=platform.node(), slot=0))
        passed_over: list[str] = []
        resume = self._checkpoints.load_newest(passed_over.append)
        for text in passed_over:
            self._progress.say(f"Warning: {text}")
            append(Note(trial=name, text=text))
        for epoch, metrics in enumerate(resume.history if resume else [], start=1):
            if epoch not in known:
                append(EpochEnded(trial=name, epoch=epoch, metrics=finite(metrics), seconds={}))
        return resume

    def _epochs(
        self, data: ImageData, device: torch.device, resume: Checkpoint | None, append: Callable[[Event], None]
    ) -> Reason:
        """Train until the last epoch, and say why it is the last."""
        reason = end_of(self._config, resume) if resume else None
        lines = _Lines(self._config, self._sweep, resume, of_validation=self._asked.on == "train")
        objective = (self._sweep.space.objective.metric, self._sweep.space.objective.mode)
        done = resume.epoch if resume else 0
        with self._progress.counting("Training") as count:
            count(done, self._config.epochs)
            for result in self._tried(fit(self._config, data, objective=objective, device=device, resume=resume)):
                began = time.perf_counter()
                if result.checkpoint is not None:
                    self._checkpoints.save(result.checkpoint, best=result.is_best and self._asked.on == "train")
                seconds = {**result.seconds, "checkpoint": time.perf_counter() - began}
                metrics = finite(result.metrics)
                append(
                    EpochEnded(
                        trial=self._training.name,
                        epoch=result.epoch,
                        metrics=metrics,
                        seconds=seconds,
                        precision=result.precision,
                    )
                )
                if result.note is not None:
                    self._progress.say(result.note)
                self._progress.say(lines.of(result, sum(seconds.values())))
                count(result.epoch, self._config.epochs)
                reason = result.ended
        assert reason is not None
        return reason

    def _tried(self, results: Iterator[EpochResult]) -> Iterator[EpochResult]:
        """
        Raises:
            SweepError: the GPU has too little memory.
        """
        try:
            yield from results
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            raise SweepError(
                f"{self._training.name}: the GPU has too little free memory; end what else uses it, and call again"
            ) from None

    def _say_what_is_done(self, data: ImageData, device: torch.device, resume: Checkpoint | None) -> None:
        name, trial, epochs = self._training.name, self._asked.trial, counted(self._config.epochs, "epoch")
        where = "the GPU" if device.type == "cuda" else f"the CPU ({counted(torch.get_num_threads(), 'thread')})"
        images = f"{len(data.train)} {'training' if self._asked.on == 'train' else 'training and validation'} images"
        self._progress.say(
            f"Training {name} of {self._training.sweep.name}: the configuration of trial {trial} for {epochs}, on "
            f"{images}, on {where}."
        )
        if self._asked.on == "train+val":
            self._progress.say(
                "Nothing is held out, so no best epoch can be chosen: the weights of the last one are kept."
            )
        self._progress.say(f"Folder: {self._training.path}")
        if resume is not None:
            self._progress.say(f"It goes on from its checkpoint of epoch {resume.epoch}.")
        elif (why := why_anew(self._training, self._asked)) is not None:
            self._progress.say(why)


class _Lines:
    """A line for each epoch: how good it is, the best so far, how long the rest will take."""

    def __init__(
        self, config: TrialConfig, sweep: SweepSpec, resume: Checkpoint | None, *, of_validation: bool
    ) -> None:
        self._epochs, self._objective = config.epochs, sweep.space.objective
        self._of_validation = of_validation
        self._best = resume.best if resume else None
        self._seconds: list[float] = []

    def of(self, result: EpochResult, seconds: float) -> str:
        """Of the epoch that has just ended."""
        self._seconds.append(seconds)
        metric, value = self._objective.metric, result.metrics.get(self._objective.metric)
        said = [f"train_loss {result.metrics['train_loss']:z.4f}"] if "train_loss" in result.metrics else []
        if self._of_validation and value is not None:
            self._best = value if result.is_best else self._best
            best = "the best so far" if result.is_best or self._best is None else f"best {self._best:z.4f}"
            said.append(f"{metric} {value:z.4f} ({best})")
        left = (self._epochs - result.epoch) * sum(self._seconds) / len(self._seconds)
        if result.ended is None:
            said.append(f"about {duration(left)} left")
        return f"epoch {result.epoch} of {self._epochs}: {', '.join(said) or result.ended}"


@contextmanager
def _opened(training: TrainingFolder) -> Iterator[Callable[[Event], None]]:
    """What appends to the training's record while the block runs."""
    record = Record(training.record_path)
    try:
        yield record.append
    finally:
        record.close()


def _is_complete(training: TrainingFolder, asked: TrainingSpec, progress: Progress) -> TrainResult:
    """Nothing is left to train; a page that is missing is drawn now."""
    more = f"--epochs {2 * asked.epochs} trains longer"
    progress.say(f"Training {training.name} is complete ({counted(asked.epochs, 'epoch')}); {more}.")
    return _finished(TrainResult(training, "completed"))


def _finished(result: TrainResult) -> TrainResult:
    """The same with its page drawn, and sent where the sweep is kept at a URI; one that fails costs itself alone."""
    from reports.pages.training import write_training

    if result.outcome == "paused":
        return result
    training = result.training
    try:
        write_training(training, storage_option(training.sweep))
        send_files(training.sweep, training.path)
    except (OSError, UserError) as error:
        return replace(result, missing=getattr(error, "strerror", None) or str(error))
    return result
