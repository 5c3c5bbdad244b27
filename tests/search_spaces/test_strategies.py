"""The names of pruners and samplers that a budget may ask for."""

import pytest
from pydantic import ValidationError

from search_spaces.budget import Budget
from search_spaces.errors import SpaceError
from search_spaces.loading import load
from search_spaces.strategies import PRUNERS, SAMPLERS


@pytest.mark.parametrize(("key", "names"), [("pruner", PRUNERS), ("sampler", SAMPLERS)])
def test_every_name_is_taken_and_described_in_one_line(key, names):
    for name, description in names.items():
        assert getattr(Budget.model_validate({key: name}), key) == name
        assert description
        assert "\n" not in description


def test_a_budget_that_names_none_prunes_by_asha_and_proposes_by_tpe():
    budget = Budget.model_validate({})
    assert (budget.pruner, budget.sampler) == ("asha", "tpe")


@pytest.mark.parametrize(
    ("key", "given", "message"),
    [
        ("pruner", "ashe", r"no such pruner: 'ashe'. Did you mean `asha`\? (pruners: asha, median)."),
        ("sampler", "quasirandom", r"no such sampler: 'quasirandom'. Did you mean `quasi-random`\? (samplers: "),
    ],
)
def test_an_unknown_name_is_refused_in_one_line_with_the_nearest(key, given, message):
    pattern = rf"budget.{key}: {message}".replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(SpaceError, match=pattern) as error:
        load("seg_unet", [f"budget.{key}={given}"])
    assert "\n" not in str(error.value)
    assert str(error.value).count(repr(given)) == 1
    with pytest.raises(ValidationError, match=f"no such {key}"):
        Budget.model_validate({key: given})
