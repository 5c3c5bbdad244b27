"""What a training gave: its best epoch against its trial's, its curves as a table, and words for both."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cnnmodels.metric_table import Mode
from reports.analysis.curve_shape import CurveShape, curve_shape, judged_metric, of_training
from reports.analysis.formatting import number
from reports.records.spec import SweepSpec
from reports.records.state import TrialState
from reports.records.training import TrainingFolder, TrainingSpec

_VALIDATION, _TRAINING = "validation", "training"


@dataclass(frozen=True)
class Trained:
    """A training beside the trial whose configuration it is."""

    spec: TrainingSpec
    sweep: SweepSpec
    run: TrialState
    trial: TrialState  # of the sweep

    @property
    def metric(self) -> str:
        return self.sweep.space.objective.metric

    @property
    def mode(self) -> Mode:
        return self.sweep.space.objective.mode

    @property
    def epochs(self) -> int:
        """How many are trained."""
        return max(self.run.epochs, default=0)

    @property
    def is_complete(self) -> bool:
        """Whether it has all epochs that it is to have."""
        return self.run.reason == "completed" and self.epochs >= self.spec.epochs

    @property
    def best(self) -> tuple[int, float] | None:
        """Epoch and value of the best one; None where nothing is held out to choose by."""
        return self.run.best(self.metric, self.mode) if self.spec.on == "train" else None

    @property
    def shape(self) -> CurveShape | None:
        """What its validation curve says; None where there is none."""
        metric, mode = judged_metric(self.sweep)
        values = self.run.values(metric)
        return curve_shape(values, of_training(self.run, metric), mode) if values else None

    def command(self, sweep: str) -> str:
        """What goes on with it, of a sweep of that name."""
        words = ["tune", "train", sweep, "--trial", self.spec.trial, "--epochs", str(self.spec.epochs)]
        words += ["--on", self.spec.on] if self.spec.on != "train" else []
        seed = self.spec.config["seed"]
        return " ".join([*words, *(["--seed", str(seed)] if seed != self.trial.config.get("seed") else [])])

    def in_words(self) -> str:
        """Its weights in a sentence: which epoch they are of, and how good that was."""
        if self.spec.on == "train+val":
            return (
                "Trained on the training and the validation images, so nothing was held out to choose an epoch by: its "
                f"weights are those of its last epoch, {self.epochs}, and no figure here says how good they are."
            )
        if self.best is None:
            return "No epoch gave a result."
        epoch, value = self.best
        said = f"Best epoch {epoch} of {self.epochs}: {self.metric} {number(value)}"
        before = self.trial.best(self.metric, self.mode)
        return (
            f"{said}; trial {self.trial.trial} had {number(before[1])} at epoch {before[0]}." if before else f"{said}."
        )


def trained_of(folder: TrainingFolder) -> Trained:
    """What is on disk of a training and its trial.

    Raises:
        UserError: a file of either cannot be read.
    """
    spec = folder.spec()
    trial = folder.sweep.state().trials.get(spec.trial, TrialState(spec.trial))
    return Trained(spec, folder.sweep.spec(), folder.state(), trial)


def training_curves(trained: Trained) -> pd.DataFrame:
    """One row a value of the loss and of the metric that is judged: metric, split (validation or training), epoch,
    value. Training values are of images as they are, after the epoch."""
    metrics = dict.fromkeys(["val_loss", judged_metric(trained.sweep)[0]])
    rows = [
        (metric.removeprefix("val_"), split, epoch, value)
        for metric in metrics
        for split, values in (
            (_VALIDATION, trained.run.values(metric)),
            (_TRAINING, of_training(trained.run, metric)),
        )
        for epoch, value in values.items()
    ]
    return pd.DataFrame(rows, columns=["metric", "split", "epoch", "value"])
