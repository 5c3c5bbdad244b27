"""What Optuna proposes for a space, and the way back."""

from __future__ import annotations

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.loading import load, packaged
from search_spaces.sampling import distribution, optuna_values, suggest
from tests.search_spaces.conditional import CONDITIONAL

EVERY_KIND = [
    *CONDITIONAL,
    "search.milestones={choice: [[0.5, 0.75], [0.3, 0.6]], when: {scheduler: multistep}}",
    "search.width={log_int: [8, 64], default: 16}",
    "search.dropout={quantized: [0.0, 0.5, 0.1]}",
    "search.levels={int: [2, 4]}",
]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), name=st.sampled_from(packaged()))
def test_every_proposal_is_within_its_range_and_trains(seed, name):
    overrides = EVERY_KIND if name == "seg_unet" else []
    space = load(name, overrides)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    values = suggest(space, study.ask())
    for knob, value in values.items():
        assert space.search[knob].contains(value)
    config = space.trial_config(values, seed=0)
    assert space.in_effect(config.model_dump(mode="json")) == values


def test_a_knob_is_proposed_exactly_where_its_condition_holds():
    space = load("seg_unet", CONDITIONAL)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(60):
        values = suggest(space, study.ask())
        assert ("momentum" in values) == (values["optimizer"] == "sgd")
        assert ("step_size" in values) == (values["scheduler"] == "step")
        assert ("gamma" in values) == (values["scheduler"] in ("step", "multistep"))


def test_a_fixed_knob_decides_a_condition():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    assert "momentum" in suggest(load("seg_unet", [*CONDITIONAL, "fixed.optimizer=sgd"]), study.ask())
    assert "momentum" not in suggest(load("seg_unet", [*CONDITIONAL, "fixed.optimizer=adam"]), study.ask())


@pytest.mark.parametrize("overrides", [[], EVERY_KIND])
def test_values_told_to_optuna_are_those_it_would_have_proposed(overrides):
    space = load("seg_unet", overrides)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    for _ in range(20):
        proposed = study.ask()
        values = suggest(space, proposed)
        told = optuna_values(space, values)
        assert told.keys() == proposed.params.keys()
        for knob, value in proposed.params.items():  # of a grid Optuna proposes 0.30000000000000004
            assert told[knob] == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value)
        assert {name: distribution(space.search[name]) for name in values} == proposed.distributions
