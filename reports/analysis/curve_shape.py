"""What a learning curve says: train longer, stop earlier, or leave it. Pure, of plain values.

A curve is noisy, so each verdict must stand out of the noise that the curve itself shows. Plain Python, so that a
command ends quickly.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cnnmodels.metric_table import Mode
from reports.records.spec import SweepSpec
from reports.records.state import TrialState

Kind = Literal["rising", "overfitting", "falling", "settled", "short"]
_FEWEST = 5  # epochs; fewer show no shape
_FALL = 4.0  # standard deviations of one value that a fall must have: the peak is the largest of many
_TREND = 2.5  # standard errors of a slope that a rise must have
_WORTH_IT = 0.02  # of the whole rise: what rises by less has settled


@dataclass(frozen=True)
class CurveShape:
    """The shape of one trial's curve."""

    kind: Kind
    since: int | None = None  # the epoch from which it fell

    def in_words(self) -> str:
        """As it stands behind a trial's name."""
        return {
            "rising": "still rising (train longer)",
            "overfitting": f"over-fitting since epoch {self.since}",
            "falling": f"falling since epoch {self.since}",
            "settled": "settled",
            "short": "too few epochs to tell",
        }[self.kind]


def curve_shape(validation: Mapping[int, float], training: Mapping[int, float], mode: Mode) -> CurveShape:
    """The shape of a curve, by this rule, in which "better" follows the mode:

    - The noise of one value is estimated from the second differences of the later half of the validation curve.
    - It is **over-fitting** since epoch N, if the mean of its last fifth (2 epochs or more) is worse than the peak of
      the epochs before, smoothed over 3, by more than 4 times the noise and by more than 2 % of the whole rise, and the
      training curve did not fall with it: it lost less than half as much. N is the last epoch that was as good as the
      peak, within the noise. If the training curve fell too, or is unknown, it is just **falling** since N.
    - It is still **rising**, if that last fifth is better than that peak, and a line through its last third (3 epochs
      or more) rises by more than 2.5 times the standard error of its slope, and by more than 2 % of the whole rise.
    - Otherwise it has **settled**. With fewer than 5 epochs it is too **short** to tell.

    Args:
        validation: metric of the validation images by epoch.
        training: the same of training images; epochs may be missing.
        mode: which direction is better.
    """
    sign = 1 if mode == "max" else -1
    epochs, values = list(validation), [sign * value for value in validation.values()]
    if len(values) < _FEWEST:
        return CurveShape("short")
    noise, least = _noise(values[len(values) // 2 - 1 :]), _WORTH_IT * (max(values) - min(values))
    smooth = [statistics.fmean(values[max(0, at - 1) : at + 2]) for at in range(len(values))]
    last = max(2, len(values) // 5)
    peak = max(smooth[:-last])
    fall = peak - statistics.fmean(values[-last:])
    if fall > max(_FALL * noise, least):
        since = max(at for at, value in enumerate(smooth) if value >= peak - noise)
        around = epochs[max(0, since - 1) : since + 2]
        fits = _mean(training, around, sign) - _mean(training, epochs[-last:], sign) < fall / 2
        return CurveShape("overfitting" if fits else "falling", epochs[since])
    window = max(3, math.ceil(len(values) / 3))
    slope, error = _slope(values[-window:], noise)
    if fall < 0 and slope > _TREND * error and slope * (window - 1) > least:
        return CurveShape("rising")
    return CurveShape("settled")


def judged_metric(spec: SweepSpec) -> tuple[str, Mode]:
    """The metric whose curves are judged: the objective, or the task's first where that is not of validation images."""
    objective = spec.space.objective
    if objective.metric.startswith("val_"):
        return objective.metric, objective.mode
    return next(iter(spec.space.modes.items()))


def shape_of(trial: TrialState, spec: SweepSpec) -> CurveShape:
    """The shape of a trial's curve of the metric that is judged."""
    metric, mode = judged_metric(spec)
    return curve_shape(trial.values(metric), of_training(trial, metric), mode)


def of_training(trial: TrialState, metric: str) -> dict[int, float]:
    """The counterpart of a validation metric, of training images; empty where the trial has none.

    A record of an earlier version has but the mean of the training loss over each epoch, which stands for its loss.
    """
    names = ("train_eval_loss", "train_loss") if metric == "val_loss" else (metric.replace("val_", "train_", 1),)
    return next((values for name in names if (values := trial.values(name))), {})


def _noise(values: list[float]) -> float:
    """Standard deviation of one value around a smooth curve; a straight line has none.

    Of independent values, a second difference has six times the variance of one.
    """
    steps = [after - before for before, after in itertools.pairwise(values)]
    return math.sqrt(statistics.fmean((after - before) ** 2 for before, after in itertools.pairwise(steps)) / 6)


def _mean(curve: Mapping[int, float], epochs: list[int], sign: int) -> float:
    known = [sign * curve[epoch] for epoch in epochs if epoch in curve]
    return statistics.fmean(known) if known else math.nan  # with which no comparison holds


def _slope(values: list[float], noise: float) -> tuple[float, float]:
    """Slope of a line through equally spaced values, and its standard error."""
    middle = (len(values) - 1) / 2
    spread = sum((at - middle) ** 2 for at in range(len(values)))
    slope = sum((at - middle) * value for at, value in enumerate(values)) / spread
    return slope, noise / math.sqrt(spread)
