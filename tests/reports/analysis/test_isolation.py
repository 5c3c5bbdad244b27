"""The best trial at each setting of a knob."""

import pandas as pd
import pytest

from reports.analysis.isolation import best_by_setting
from tests.reports.sweeps import spec_with


def table(**columns):
    frame = pd.DataFrame(columns)
    return frame.assign(trial=[f"{number:04d}" for number in range(len(frame))])


def test_a_choice_has_the_best_of_its_trials_whatever_their_other_knobs():
    frame = table(optimizer=["adam", "sgd", "adam", "sgd"], lr=[1, 2, 3, 4], value=[0.1, 0.4, 0.3, 0.2])
    adam, sgd = best_by_setting(frame, "optimizer", spec_with())
    assert (adam.label, adam.value, adam.trial, adam.trials) == ("adam", 0.3, "0002", 2)
    assert (sgd.label, sgd.value, sgd.trial) == ("sgd", 0.4, "0001")


def test_a_lower_objective_has_the_lowest():
    spec = spec_with(objective={"metric": "val_miou", "mode": "min"})
    adam, sgd = best_by_setting(table(optimizer=["adam", "sgd", "sgd"], value=[0.1, 0.4, 0.3]), "optimizer", spec)
    assert (adam.value, sgd.value) == (0.1, 0.3)


def test_a_range_counts_by_parts_that_are_equal_on_its_own_scale_and_marks_the_best_where_it_lies():
    rates = [1e-4 * 10 ** (2 * number / 29) for number in range(30)]
    found = best_by_setting(table(lr=rates, value=[-abs(rate - 2e-3) for rate in rates]), "lr", spec_with())
    assert len(found) == 6
    assert {best.trials for best in found} == {5}
    top = max(found, key=lambda best: best.value)
    assert top.place == pytest.approx(2e-3, rel=0.2)
    assert top.label == "0.00108 to 0.00204"


def test_parts_without_a_trial_are_left_out_and_few_values_stand_by_themselves():
    found = best_by_setting(table(lr=[1e-4, 1e-2, 9e-3, 8e-3], value=[0.1, 0.2, 0.3, 0.4]), "lr", spec_with())
    assert [best.trials for best in found] == [1, 3]
    spec = spec_with(search={"levels": {"int": [2, 9]}})
    found = best_by_setting(table(levels=[2, 3, 3], value=[0.1, 0.2, 0.3]), "levels", spec)
    assert [(best.label, best.value) for best in found] == [("2", 0.1), ("3", 0.3)]


def test_trials_in_which_the_knob_is_not_in_effect_do_not_count():
    (best,) = best_by_setting(table(momentum=[None, 0.9], value=[0.9, 0.5]), "momentum", spec_with())
    assert (best.value, best.trials) == (0.5, 1)
