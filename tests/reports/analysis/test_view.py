"""A sweep's view: each part once, when it is asked for."""

import pytest

from reports.analysis.view import SweepView
from reports.records.errors import DamagedError, RecordError
from tests.reports.sweeps import DOCUMENT, write_ablation, write_sweep


@pytest.fixture
def view(tmp_path):
    return SweepView(write_sweep(tmp_path / "s", trials=30))


def test_nothing_is_read_before_it_is_asked_for(tmp_path):
    folder = write_sweep(tmp_path / "s", trials=1)
    view = SweepView(folder)
    folder.record_path.write_text("{}\n{}\n")
    assert view.spec.name == "s"
    with pytest.raises(RecordError, match="line 1 is damaged"):
        _ = view.state
    folder.spec_path.write_text("{")
    with pytest.raises(DamagedError, match=r"sweep\.json"):
        _ = SweepView(folder).objective


def test_a_table_is_made_once_and_of_one_moment(view):
    first = view.trials
    view.folder.record_path.write_text("")
    assert view.trials is first
    assert len(view.curves) == sum(len(trial.epochs) for trial in view.state.trials.values())


def test_effects_come_in_the_order_of_importance(view):
    ranked = list(view.importance)
    assert ranked
    assert [effect.knob for effect in view.effects][: len(ranked)] == ranked


def test_an_ablation_has_no_knobs_to_compare_and_a_search_has_no_table_of_variants(view, tmp_path):
    variants = {"best": ({"lr": 0.01}, [0.5, 0.51]), "lr": ({}, [0.4, 0.41])}
    ablation = SweepView(write_ablation(tmp_path / "a", variants))
    assert (ablation.knob_trials, ablation.importance, ablation.effects, ablation.interactions) == (None, {}, [], [])
    assert ablation.classes is None
    assert [row.label for row in ablation.ablation] == ["best", "lr"]
    assert view.ablation == []


def test_a_space_without_searched_knobs_has_none_to_compare(tmp_path):
    view = SweepView(write_sweep(tmp_path / "s", trials=12, space={**DOCUMENT["space"], "search": {}}))
    assert view.knob_trials is None
    assert view.worth is not None
