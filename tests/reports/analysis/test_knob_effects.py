"""By how much a knob mattered, and which knobs act together: on data whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from reports.analysis.hints import hints_sentence, verdict
from reports.analysis.knob_effects import holm, interactions, knob_effects
from tests.reports.sweeps import spec_with


def spec(search, mode="max"):
    objective = {"metric": "val_miou", "mode": mode}
    return spec_with(search=search, objective=objective)


def table(trials=90, **columns):
    noise = np.random.default_rng(0).normal(0, 0.01, trials)
    frame = pd.DataFrame({"trial": [f"{n:04d}" for n in range(trials)], **columns})
    return frame.assign(value=noise)


SEARCH = {"lr": {"log_uniform": [1e-4, 1e-2]}, "skip": {"choice": [True, False]}, "optimizer": {"choice": ["a", "b"]}}


@pytest.fixture
def drawn():
    random = np.random.default_rng(1)
    frame = table(
        lr=10 ** random.uniform(-4, -2, 90),
        skip=random.choice([True, False], 90).astype(object),
        optimizer=random.choice(["a", "b"], 90),
    )
    frame["value"] += 0.1 * (np.log10(frame["lr"]) + 4) + 0.05 * frame["skip"].astype(float)
    return frame


def test_an_effect_has_its_direction_its_size_and_an_interval(drawn):
    effects = {effect.knob: effect for effect in knob_effects(drawn, spec(SEARCH))}
    assert effects["skip"].best.label == "true"
    assert effects["skip"].low < 0.05 < effects["skip"].high
    assert effects["lr"].hinted
    assert effects["lr"].difference == pytest.approx(0.133, abs=0.03)  # two thirds of two decades
    assert not effects["optimizer"].hinted


def test_a_lower_objective_turns_best_and_worst_round(drawn):
    effects = {effect.knob: effect for effect in knob_effects(drawn, spec(SEARCH, "min"))}
    assert effects["skip"].best.label == "false"
    assert effects["skip"].hinted
    assert effects["skip"].difference > 0


def test_a_knob_whose_bad_values_ended_is_compared_at_the_first_rung(drawn):
    late = drawn[drawn["lr"] > 3e-3]
    effects = {one.knob: one for one in knob_effects(late, spec(SEARCH), early=drawn)}
    assert not {one.knob: one for one in knob_effects(late, spec(SEARCH))}["lr"].visible
    assert effects["lr"].at_first_rung
    assert effects["lr"].hinted
    assert not effects["skip"].at_first_rung, "enough of its values came further"
    (hint,) = [part for part in hints_sentence(list(effects.values())).split("; ") if "lr (" in part]
    assert "at the first rung)" in hint
    assert verdict(effects["lr"]) == "a hint, at the first rung"
    equal = {one.knob: one for one in knob_effects(late, spec(SEARCH), early=drawn.assign(value=late["value"].mean()))}
    assert not equal["lr"].at_first_rung, "nothing is seen there, and it may act later"
    assert not equal["lr"].visible
    hidden = {one.knob: one for one in knob_effects(late, spec(SEARCH), (), drawn, ["lr"])}
    assert not hidden["lr"].at_first_rung, "it cannot have acted by then"


def test_too_few_trials_at_a_value_are_not_compared(drawn):
    few = drawn.head(4).assign(skip=[True, False, True, False])
    effect = next(effect for effect in knob_effects(few, spec(SEARCH)) if effect.knob == "skip")
    assert effect.best is None
    assert not effect.hinted


def test_equal_values_are_no_effect():
    flat = table(12, skip=[True, False] * 6).assign(value=0.5)
    (effect,) = knob_effects(flat, spec({"skip": SEARCH["skip"]}))
    assert effect.difference == pytest.approx(0)
    assert not effect.hinted


def test_a_whole_number_of_few_values_counts_value_by_value():
    frame = table(30, levels=[2, 3, 4] * 10)
    frame["value"] += 0.1 * frame["levels"]
    (effect,) = knob_effects(frame, spec({"levels": {"int": [2, 4]}}))
    assert [level.label for level in effect.levels] == ["2", "3", "4"]
    assert effect.best.label == "4"


def test_knobs_whose_effects_add_up_do_not_interact(drawn):
    found = interactions(drawn, spec(SEARCH))
    assert len(found) == 3
    assert all(pair.p > 0.05 for pair in found)


def test_a_knob_that_helps_only_with_another_interacts_with_it(drawn):
    both = (drawn["skip"] == True) & (drawn["optimizer"] == "a")  # noqa: E712  # of objects
    found = interactions(drawn.assign(value=drawn["value"] + 0.1 * both), spec(SEARCH))
    assert {found[0].one, found[0].other} == {"skip", "optimizer"}
    assert found[0].p < 0.001
    assert all(pair.p > 0.05 for pair in found[1:])


def test_a_handful_of_trials_cannot_tell():
    two = {knob: SEARCH[knob] for knob in ("skip", "optimizer")}
    assert interactions(table(6, skip=[True, False] * 3, optimizer=["a", "a", "b"] * 2), spec(two)) == []


def test_a_third_knob_does_not_pass_for_two_that_act_together():
    """Few trials at the corner of two knobs, all of them at a bad learning rate."""
    corner = [(True, "a")] * 10 + [(True, "b")] * 10 + [(False, "a")] * 10 + [(False, "b")] * 4
    frame = table(34, skip=[skip for skip, _ in corner], optimizer=[optimizer for _, optimizer in corner])
    frame["lr"] = [1e-3, 5e-3] * 15 + [1e-5] * 4
    frame["value"] += 0.1 * np.log10(frame["lr"])
    assert all(pair.p > 0.05 for pair in interactions(frame, spec(SEARCH)))


def test_a_knob_set_along_with_another_is_not_taken_for_it():
    random = np.random.default_rng(2)
    skip = random.random(80) < 0.5
    optimizer = np.where(random.random(80) < 0.8, skip, ~skip)  # as a sampler sets them that has seen skip work
    frame = table(80, skip=skip.astype(object), optimizer=np.where(optimizer, "a", "b"), lr=[1e-3] * 80)
    frame["value"] += 0.05 * skip
    effects = {effect.knob: effect for effect in knob_effects(frame, spec(SEARCH))}
    assert effects["skip"].hinted
    assert not effects["optimizer"].hinted
    assert effects["optimizer"].difference < 0.01


def test_nothing_is_said_of_a_knob_that_cannot_have_acted(drawn):
    assert "skip" not in {effect.knob for effect in knob_effects(drawn, spec(SEARCH), hidden=["skip"])}


def test_many_knobs_are_many_chances():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == {"a": 0.03, "c": 0.06, "b": 0.06}


def test_what_hardly_varied_is_not_visible_and_what_varied_is():
    random = np.random.default_rng(3)
    frame = table(
        60,
        lr=10 ** random.uniform(-2.6, -2, 60),  # all of them good ones
        skip=random.choice([True, False], 60).astype(object),
        optimizer=["a"] * 58 + ["b"] * 2,
    )
    visible = {effect.knob: effect.visible for effect in knob_effects(frame, spec(SEARCH))}
    assert visible == {"lr": False, "skip": True, "optimizer": False}
