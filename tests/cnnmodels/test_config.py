"""A configuration: which names it reads, and what it refuses in which words."""

import pytest
from pydantic import ValidationError

from cnnmodels.config import RENAMED_KNOBS, RENAMED_MODELS, TrialConfig, parse, with_current_names
from cnnmodels.errors import ConfigError
from cnnmodels.models import MODELS, Model


@pytest.mark.parametrize(("old", "new"), RENAMED_MODELS.items())
def test_the_earlier_name_of_a_network_is_read_as_todays(old, new):
    assert parse({"model": old}) == parse({"model": new})


@pytest.mark.parametrize(("old", "new"), RENAMED_KNOBS.items())
def test_the_earlier_name_of_a_knob_is_read_as_todays(old, new):
    assert TrialConfig(**{old: "xavier"}) == TrialConfig(**{new: "xavier"})


def test_earlier_names_lead_to_names_that_there_are():
    assert set(RENAMED_MODELS.values()) <= set(MODELS)
    assert set(RENAMED_KNOBS.values()) <= set(TrialConfig.model_fields)
    assert not set(RENAMED_MODELS) & set(MODELS)


def test_renaming_leaves_the_given_values_as_they_are():
    given = {"model": "custom", "initialisation": "xavier", "lr": 0.1}
    assert with_current_names(given) == {"model": "unpooling", "initialization": "xavier", "lr": 0.1}
    assert given == {"model": "custom", "initialisation": "xavier", "lr": 0.1}


def test_a_knob_under_both_its_names_is_refused_in_one_line():
    both = {"initialisation": "xavier", "initialization": "xavier"}
    with pytest.raises(ConfigError, match=r"^initialisation: is the earlier name of initialization, .*keep init\w+$"):
        parse(both)
    with pytest.raises(ValidationError, match="is the earlier name of initialization"):
        TrialConfig.model_validate(both)


def test_a_row_of_an_earlier_name_counts_before_the_renaming(monkeypatch):
    monkeypatch.setitem(MODELS, "custom", Model(frozenset({"segmentation"}), frozenset(), "elsewhere:build"))
    assert parse({"model": "custom"}).model == "custom"


def test_a_network_that_is_not_in_the_table_is_refused_with_those_that_are():
    with pytest.raises(ConfigError, match=r"^model: no such network; networks: resnet18, unet.*, got 'unett'$"):
        parse({"model": "unett"})
