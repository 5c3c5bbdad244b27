"""What a sweep suggests for the next one: on sweeps whose answer is known."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from reports.analysis.review import review
from reports.analysis.summary import search_worth
from reports.records.record import EpochEnded
from search_spaces.loading import load
from tests.reports.sweeps import DOCUMENT, SPEC, spec_with, write_sweep


def findings(state, spec=SPEC):
    return review(state, spec, search_worth(state, spec.space.objective))


@pytest.fixture
def state(tmp_path):
    return write_sweep(tmp_path / "s", trials=20).state()


def best_with(state, **knobs):
    best = search_worth(state, SPEC.space.objective).best
    best.config = {**best.config, **knobs}
    return state


@pytest.mark.parametrize(
    ("lr", "end", "range_"), [(9.9e-3, "upper", [1e-4, 0.1]), (1.01e-4, "lower", [1e-5, 1e-2]), (1e-3, None, None)]
)
def test_a_best_value_at_the_end_of_a_range_asks_for_a_wider_one(state, lr, end, range_):
    found = [one for one in findings(best_with(state, lr=lr, optimizer="adam")) if "The best lr" in one.text]
    assert len(found) == (end is not None)
    if found:
        assert f"lies at the {end} end of its range (0.0001 to 0.01)" in found[0].text
        assert f"in {range_[0]:g} to {range_[1]:g}, log scale." in found[0].text
        assert found[0].command == "tune resume made-up --widen lr"


def test_no_range_is_wider_than_what_a_knob_may_be(state):
    search = {**DOCUMENT["space"]["search"], "dropout": {"uniform": [0.0, 0.9]}}
    found = findings(best_with(state, dropout=0.0, lr=1e-3, optimizer="adam"), spec_with(search=search))
    assert not [one for one in found if "dropout" in one.text], "there is nothing below 0"


def test_divergence_is_said_with_the_learning_rate_from_which_it_came(state):
    best_with(state, lr=1e-3, optimizer="adam")
    others = [trial for trial in state.finished if trial.trial != search_worth(state, SPEC.space.objective).best.trial]
    for trial, lr in zip(others, [8e-3, 9e-3, 8.5e-3], strict=False):
        trial.config, trial.reason = {**trial.config, "lr": lr}, "diverged"
    for trial in others[3:]:
        trial.config = {**trial.config, "lr": 1e-3}
    (found,) = [one for one in findings(state) if "diverged" in one.text]
    assert found.text == f"3 of {len(state.finished)} trials diverged: 3 of the 3 with lr of 0.008 or more."
    assert load("seg_unet", [shlex.split(found.option)[1]]).search["lr"].ends() == [1e-4, 8e-3]


def test_curves_that_cross_behind_a_rung_ask_for_a_later_one(state):
    whole = [trial for trial in state.finished if trial.reason == "completed"]
    assert len(whole) >= 5
    for place, trial in enumerate(whole):
        trial.epochs = {
            epoch: EpochEnded(
                trial=trial.trial,
                epoch=epoch,
                metrics={"val_miou": 0.1 + 0.01 * (place if epoch < 5 else -place) + (epoch >= 5)},
                seconds={},
            )
            for epoch in range(1, 10)
        }
    found = [one for one in findings(state) if "rank correlation -1.00" in one.text]
    assert found
    assert found[0].option == "--set budget.grace_epochs=2"


@pytest.mark.parametrize(("best_epoch", "said"), [(9, True), (7, True), (6, False)])
def test_a_best_epoch_among_the_last_quarter_asks_for_more_epochs(state, best_epoch, said):
    worth = search_worth(best_with(state, scheduler="none"), SPEC.space.objective)
    found = [one for one in review(state, SPEC, replace(worth, best_epoch=best_epoch)) if "The best epoch" in one.text]
    assert [one.command for one in found] == ["tune resume made-up --epochs 18"] * said
    assert not any("by design" in one.text for one in found)


def test_a_schedule_that_ends_at_the_last_epoch_is_said_to_put_the_best_there(state):
    worth = search_worth(best_with(state, scheduler="one_cycle"), SPEC.space.objective)
    (found,) = [one for one in review(state, SPEC, replace(worth, best_epoch=9)) if "The best epoch" in one.text]
    assert "though the schedule (one_cycle) ends there by design" in found.text
