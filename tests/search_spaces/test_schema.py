"""A checked space: what is in effect in a configuration, and the plain JSON that it is written to."""

import pytest
from pydantic import ValidationError

from search_spaces.errors import SpaceError
from search_spaces.loading import check, load, packaged
from search_spaces.parameters import KINDS
from search_spaces.schema import SearchSpace
from tests.search_spaces.conditional import CONDITIONAL

CHAIN = [
    *CONDITIONAL,
    "search.scheduler={choice: [none, step], when: {optimizer: sgd}}",
    "search.step_size={int: [1, 6], when: {scheduler: step}}",
    "search.gamma={uniform: [0.1, 0.5], when: {scheduler: step}}",
]
EVERY_KIND = [
    *CONDITIONAL,
    "search.milestones={choice: [[0.5, 0.75], [0.3, 0.6]], when: {scheduler: multistep}}",
    "search.width={log_int: [8, 64], default: 16}",
    "search.dropout={quantized: [0.0, 0.5, 0.1]}",
    "search.levels={int: [2, 4]}",
    "search.momentum={uniform: [0, 0.9], when: {optimizer: [sgd]}}",
    "budget.time_limit=2h",
    "budget.pruner=median",
    "objective=[{metric: val_miou, mode: max}, {metric: parameters, mode: min}]",
]


def test_a_knob_below_one_that_is_not_in_effect_is_not_in_effect_either():
    space = load("seg_unet", CHAIN)
    config = {"optimizer": "sgd", "scheduler": "step", "step_size": 2, "gamma": 0.3, "momentum": 0.9}
    assert space.in_effect(config) == config
    assert space.in_effect({**config, "optimizer": "adam"}) == {"optimizer": "adam"}


def test_a_knob_that_a_configuration_lacks_is_left_out_with_those_below_it():
    assert load("seg_unet", CHAIN).in_effect({"optimizer": "sgd", "step_size": 2}) == {"optimizer": "sgd"}
    assert load("seg_unet").in_effect({}) == {}


def test_a_fixed_knob_decides_a_condition_and_is_not_among_those_in_effect():
    config = {"optimizer": "adam", "momentum": 0.9}
    assert load("seg_unet", [*CONDITIONAL, "fixed.optimizer=sgd"]).in_effect(config) == {"momentum": 0.9}


@pytest.mark.parametrize("overrides", [[], EVERY_KIND], ids=["packaged", "every kind"])
def test_a_written_space_has_parameters_of_the_same_kinds_when_it_is_read_again(overrides):
    space = load("seg_unet", overrides)
    again = SearchSpace.model_validate(space.as_written())
    assert again == space
    assert {knob: type(one) for knob, one in again.search.items()} == {
        knob: type(one) for knob, one in space.search.items()
    }
    assert again.as_written() == space.as_written()


def test_every_kind_is_written_in_that_test():
    space = load("seg_unet", EVERY_KIND)
    assert {parameter.kind for parameter in space.search.values()} == set(KINDS)


@pytest.mark.parametrize("name", packaged())
def test_a_space_written_with_earlier_names_is_read_as_the_same_space(name):
    space = load(name)
    written = space.as_written()
    written["model"] = {"unpooling": "custom", "conv_deconv": "baseline"}.get(space.model, space.model)
    written["search"] = {
        {"initialization": "initialisation"}.get(knob, knob): given for knob, given in written["search"].items()
    }
    assert SearchSpace.model_validate(written) == space
    document = {key: value for key, value in written.items() if key != "name"}
    assert check(document, name, "sweep.json") == space


@pytest.mark.parametrize(
    "override",
    [
        "fixed.initialisation=default",
        "search.initialisation.choice=[default, xavier]",
        "search.initialisation.default=default",
        "search.lr.when.initialisation=xavier",
    ],
)
def test_set_takes_the_earlier_name_of_a_knob(override):
    assert load("voc_unet", [override]) == load("voc_unet", [override.replace("initialisation", "initialization")])


def test_both_names_of_a_knob_are_refused_in_one_line_wherever_they_stand():
    both = "{initialisation: xavier, initialization: xavier}"
    for key in ("fixed", "search.lr.when"):
        with pytest.raises(SpaceError, match=rf": {key}.initialisation: is the earlier name of \w+, .*") as error:
            load("voc_unet", [f"{key}={both}"])
        assert "\n" not in str(error.value)
    written = load("voc_unet").as_written()
    written["fixed"] = {"initialisation": "xavier", "initialization": "xavier"}
    with pytest.raises(ValidationError, match=r"fixed\.initialisation: is the earlier name of initialization"):
        SearchSpace.model_validate(written)
