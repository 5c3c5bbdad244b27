"""What there is to beat, and whether it was beaten."""

from __future__ import annotations

import pytest

from reports.analysis.summary import search_worth
from reports.analysis.yardsticks import metrics_shown, named_trials, standing, standing_sentence, yardsticks
from reports.records.record import EpochEnded, SweepStarted, TrialEnded, TrialStarted, Yardstick, YardsticksMeasured
from reports.records.state import fold
from search_spaces.schema import Objective
from tests.reports.sweeps import SPEC, spec_with

ROAD = Yardstick(name="the most frequent class (road)", metrics={"val_miou": 0.2, "val_pixel_accuracy": 0.4})


def state_of(*trials, nothing=(ROAD,)):
    """Trials by their values, epoch by epoch; a pair has a label as well, None stands for a failure."""
    events = [SweepStarted(trials=len(trials), slots=1), YardsticksMeasured(rows=nothing)]
    for number, given in enumerate(trials):
        values, label = given if isinstance(given, tuple) else (given, None)
        name = f"{number:04d}"
        events.append(TrialStarted(trial=name, config={}, node="n", slot=0, label=label))
        for epoch, value in enumerate(values or [], start=1):
            metrics = {"val_miou": value, "val_pixel_accuracy": value + 0.1}
            events.append(EpochEnded(trial=name, epoch=epoch, metrics=metrics, seconds={}))
        events.append(TrialEnded(trial=name, reason="completed" if values else "failed"))
    return fold(events)


def said(state, spec=SPEC):
    objective = spec.space.objective
    worth, rows = search_worth(state, objective), yardsticks(spec, state)
    return standing_sentence(worth, rows, standing(worth, rows, state, objective))


def test_a_winner_is_held_against_the_best_yardstick_whichever_that_is():
    assert said(state_of([0.3], [0.5])) == (
        "That is 0.2000 better than the default configuration, which reached 0.3000, the best of 2 yardsticks."
    )
    assert said(state_of([0.1], [0.5])) == (
        "That is 0.3000 better than the most frequent class (road), which gives 0.2000 without any learning, the best "
        "of 2 yardsticks."
    )
    study = state_of([0.3], ([0.4], "study"), [0.5])
    assert said(study).startswith("That is 0.1000 better than the configuration of the study, which reached 0.4000")
    assert said(study).endswith("the best of 3 yardsticks.")


def test_a_winner_that_beats_nothing_is_said_to_beat_nothing():
    assert said(state_of([0.1], [0.15])) == (
        "That does not beat the most frequent class (road), which gives 0.2000 without any learning: it is 0.0500 "
        "worse."
    )
    assert said(state_of([0.1], [0.2])).endswith("which gives 0.2000 without any learning: it is no better.")


def test_a_default_that_won_is_held_against_the_others():
    assert said(state_of([0.5], [0.4])) == (
        "It is the default configuration itself: no trial did better. That is 0.3000 better than the most frequent "
        "class (road), which gives 0.2000 without any learning."
    )
    assert said(state_of([0.5], nothing=())) == "It is the default configuration itself: no trial did better."


def test_a_default_without_a_result_is_no_yardstick_and_it_is_said():
    assert said(state_of(None, [0.5])) == (
        "The default configuration gave no result to compare with. That is 0.3000 better than the most frequent class "
        "(road), which gives 0.2000 without any learning."
    )
    assert said(state_of(None, [0.5], nothing=())) == "The default configuration gave no result to compare with."


def test_a_default_that_trained_longer_is_also_told_as_of_then():
    assert "which reached 0.3000 (0.2500 when trained no longer than the best trial)" in said(
        state_of([0.25, 0.3], [0.5])
    )


def test_where_lower_is_better_so_is_the_gain():
    spec = spec_with(objective={"metric": "val_loss", "mode": "min"})
    events = [SweepStarted(trials=2, slots=1), YardsticksMeasured(rows=(ROAD,))]
    for name, loss in (("0000", 0.9), ("0001", 0.4)):
        events.append(TrialStarted(trial=name, config={}, node="n", slot=0))
        events.append(EpochEnded(trial=name, epoch=1, metrics={"val_loss": loss}, seconds={}))
    assert said(fold(events), spec) == "That is 0.5000 better than the default configuration, which reached 0.9000."
    assert metrics_shown(spec)[0] == "val_loss"


def test_the_table_has_a_row_a_yardstick_with_every_metric_of_the_task():
    rows = yardsticks(SPEC, state_of([0.25, 0.3], ([0.4], "study"), [0.5]))
    assert [(row.name, row.trial, row.value) for row in rows] == [
        ("the most frequent class (road)", None, 0.2),
        ("the default configuration", "0000", 0.3),
        ("the configuration of the study", "0001", 0.4),
    ]
    assert [row.metrics["val_pixel_accuracy"] for row in rows] == pytest.approx([0.4, 0.4, 0.5])
    assert metrics_shown(SPEC) == ["val_miou", "val_pixel_accuracy", "val_macro_jaccard"]


def test_trials_with_a_label_are_known_by_it_and_the_first_is_the_default():
    assert list(named_trials(state_of([0.1], ([0.2], "study"), [0.3]))) == ["default", "study"]
    assert list(named_trials(state_of(([0.1], "start"), [0.3]))) == ["start"]
    assert named_trials(fold([])) == {}


def test_an_older_sweep_has_the_default_alone():
    state = state_of([0.3], [0.5], nothing=())
    assert said(state) == "That is 0.2000 better than the default configuration, which reached 0.3000."
    assert standing(search_worth(state, Objective(metric="val_miou", mode="max")), [], state, None) is None
