"""What stands in a report, before it is laid out."""

import pytest

from reports.figures import FIGURES
from reports.pages.sections import Sections
from tests.reports.sweeps import DOCUMENT, add_gallery, write_ablation, write_sweep

VARIANTS = {"best": ({"lr": 0.01}, [0.50, 0.51]), "lr": ({}, [0.40, 0.41])}


@pytest.fixture
def sweep(tmp_path):
    return write_sweep(tmp_path / "s", trials=30)


def test_figures_and_what_they_say_go_by_the_names_of_the_table(sweep):
    sections = Sections(sweep)
    assert {"learning_curves", "best_so_far", "knob_effects", "timeline"} <= sections.figures.keys() <= FIGURES.keys()
    assert sections.says.keys() <= FIGURES.keys() | {"standing", "trust"}


def test_the_best_configuration_is_set_against_the_default_knob_by_knob(sweep):
    rows = {row["knob"]: row for row in Sections(sweep).values["configuration"]}
    assert rows["lr"]["differs"]
    assert rows["lr"]["default"] == "0.001"
    assert all(row["differs"] == (row["best"] != row["default"]) for row in rows.values())


def test_an_ablation_shows_its_own_table_and_the_sweep_that_it_took_apart_shows_it_too(sweep):
    ablation = write_ablation(sweep.path.parent / "s-ablation", VARIANTS)
    own, parents = Sections(ablation), Sections(sweep)
    assert not own.values["is_search"]
    assert [(name, of, drawn) for name, of, _, drawn in own.values["ablations"]] == [("s-ablation", "s", "ablation")]
    assert [(name, drawn) for name, _, _, drawn in parents.values["ablations"]] == [("s-ablation", "ablation-0")]
    assert own.figures["ablation"] == parents.figures["ablation-0"]
    assert "knob_effects" not in own.figures


def test_a_damaged_ablation_is_left_out(sweep):
    write_ablation(sweep.path.parent / "s-ablation", VARIANTS).record_path.write_text("{}\n{}\n")
    assert Sections(sweep).values["ablations"] == []


def test_pictures_come_with_a_legend_in_the_colours_of_the_data(sweep):
    assert Sections(sweep).values["gallery"] is None
    add_gallery(sweep)
    assert Sections(sweep).values["gallery"]["legend"][0] == {"name": "road", "color": "#804080"}


def test_a_front_lists_the_trials_that_no_other_beats(tmp_path):
    objective = [{"metric": "val_miou", "mode": "max"}, {"metric": "train_loss", "mode": "min"}]
    sections = Sections(write_sweep(tmp_path / "s", 30, space={**DOCUMENT["space"], "objective": objective}))
    assert sections.values["front"]
    assert all(row["front"] == 1 for _, row in sections.values["front"])
    assert "pareto" in sections.says
