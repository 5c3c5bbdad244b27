"""What a learning curve says: of made-up curves, with noise and without."""

from __future__ import annotations

import math
import random

import pytest

from reports.analysis.curve_shape import CurveShape, curve_shape, judged_metric, of_training, shape_of
from reports.records.record import EpochEnded
from reports.records.state import TrialState
from tests.reports.sweeps import SPEC, spec_with


def rises(epoch, last):
    return 0.6 * epoch / last


def settles(epoch, last):
    return 0.6 * (1 - math.exp(-12 * epoch / last))


def peaks(epoch, last):
    return settles(epoch, last) - 0.3 * max(0.0, epoch / last - 0.5)


def shape(kind, last, *, noise=0.0, seed=0, training=settles, mode="max"):
    chance, sign = random.Random(seed), 1 if mode == "max" else -1
    epochs = range(1, last + 1)
    validation = {epoch: sign * (kind(epoch, last) + chance.gauss(0, noise)) for epoch in epochs}
    seen = {epoch: sign * (training(epoch, last) + chance.gauss(0, noise / 2)) for epoch in epochs} if training else {}
    return curve_shape(validation, seen, mode)


@pytest.mark.parametrize("mode", ["max", "min"])
@pytest.mark.parametrize("last", [6, 9, 20, 60])
def test_curves_without_noise_are_what_they_look_like(last, mode):
    assert shape(rises, last, mode=mode) == CurveShape("rising")
    assert shape(settles, last, mode=mode) == CurveShape("settled")
    found = shape(peaks, last, mode=mode)
    assert found.kind == "overfitting"
    assert abs(found.since - last / 2) <= max(1, last / 10)


@pytest.mark.parametrize("last", [9, 20, 60])
@pytest.mark.parametrize(("kind", "word"), [(rises, "rising"), (settles, "settled"), (peaks, "overfitting")])
def test_noise_does_not_hide_what_is_larger_than_it_nor_make_up_what_is_not_there(kind, word, last):
    found = [shape(kind, last, noise=0.01, seed=seed).kind for seed in range(200)]
    assert found.count(word) >= 180
    told_the_opposite = {"rising": ("overfitting", "falling"), "overfitting": ("rising",), "settled": ()}[word]
    assert not set(told_the_opposite) & set(found)


def test_where_training_falls_with_it_it_is_no_over_fitting():
    assert shape(peaks, 20, training=peaks).kind == "falling"
    assert shape(peaks, 20, training=None).kind == "falling", "an older record does not tell"


def test_few_epochs_or_none_tell_nothing_and_a_flat_curve_has_settled():
    assert curve_shape({}, {}, "max").kind == "short"
    assert shape(rises, 4).kind == "short"
    assert curve_shape(dict.fromkeys(range(1, 10), 0.5), {}, "max").kind == "settled"


def test_epochs_without_a_finite_value_are_left_out():
    curve = {epoch: rises(epoch, 20) for epoch in range(1, 21) if epoch not in (3, 11)}
    assert curve_shape(curve, {2: 0.1}, "max").kind == "rising"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (CurveShape("rising"), "still rising (train longer)"),
        (CurveShape("overfitting", 7), "over-fitting since epoch 7"),
        (CurveShape("falling", 7), "falling since epoch 7"),
        (CurveShape("settled"), "settled"),
        (CurveShape("short"), "too few epochs to tell"),
    ],
)
def test_a_shape_reads_as_a_person_would_say_it(found, said):
    assert found.in_words() == said


def trial(**curves):
    of_trial = TrialState("0001")
    for epoch in range(1, 10):
        metrics = {name: of(epoch) for name, of in curves.items()}
        of_trial.epochs[epoch] = EpochEnded(trial="0001", epoch=epoch, metrics=metrics, seconds={})
    return of_trial


def test_a_trial_is_judged_by_the_objective_or_by_the_first_metric_of_its_task():
    of_one = trial(val_miou=lambda e: rises(e, 9), val_loss=lambda e: 1 - peaks(e, 9), train_loss=lambda e: 1 / e)
    assert shape_of(of_one, SPEC).kind == "rising"
    by_loss = spec_with(objective={"metric": "val_loss", "mode": "min"})
    assert shape_of(of_one, by_loss).kind == "overfitting"
    assert judged_metric(spec_with(objective={"metric": "parameters", "mode": "min"})) == ("val_miou", "max")


def test_the_loss_of_training_images_is_the_one_after_the_epoch_where_there_is_one():
    assert of_training(trial(train_loss=lambda e: 2.0, train_eval_loss=lambda e: 1.0), "val_loss")[9] == 1
    assert of_training(trial(train_loss=lambda e: 2.0), "val_loss")[9] == 2
    assert of_training(trial(train_miou=lambda e: 0.7, val_miou=lambda e: 0.6), "val_miou")[9] == 0.7
    assert of_training(trial(val_miou=lambda e: 0.6), "val_miou") == {}
