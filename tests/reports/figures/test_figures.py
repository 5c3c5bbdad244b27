"""The table of figures: what holds for each, and that a new one is a row of it."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

import reports
from reports.analysis.view import SweepView
from reports.figures import FIGURES
from reports.figures.figure import Figure
from reports.notebook import Figures
from reports.pages.report import render, write_report
from tests.reports.browsing import shown
from tests.reports.sweeps import write_sweep


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_of_some_sweep_and_of_none_without_a_result(name, views):
    drawn = [FIGURES[name].draw(view) for view in views.values()]
    assert any(figure is not None and figure.data for figure in drawn)
    assert FIGURES[name].draw(views["empty"]) is None
    assert FIGURES[name].says(views["empty"]) is None


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_of_the_package_has_a_method_that_says_what_it_shows(name):
    assert getattr(Figures, name).__doc__


def test_every_figure_of_the_package_has_its_place_in_a_section(views):
    for view in views.values():
        assert "More figures" not in render(view.folder)


def test_drawing_one_figure_makes_no_other_table(views):
    view = SweepView(views["pruning"].folder)
    FIGURES["learning_curves"].draw(view)
    assert not {"knob_trials", "trials", "timeline", "gallery"} & vars(view).keys()


def _epochs(view):
    lengths = [len(trial.epochs) for trial in view.state.trials.values()]
    return go.Figure(go.Histogram(x=lengths)) if lengths else None


@pytest.fixture
def toy(monkeypatch):
    """A figure of somebody else: one row in the table."""
    monkeypatch.setitem(FIGURES, "toy_epochs", Figure(_epochs, lambda view: "How <long> trials ran."))


def test_a_new_figure_is_one_row_for_the_notebook(toy, tmp_path):
    write_sweep(tmp_path / "s", trials=4)
    figures = reports.open(tmp_path / "s").figures
    assert "toy_epochs" in figures.names()
    assert "toy_epochs" in dir(figures)
    assert len(figures.draw("toy_epochs").data[0].x) == len(figures.toy_epochs().data[0].x) == 4


def test_a_new_figure_that_no_section_names_stands_among_more_figures(toy, tmp_path):
    html = render(write_sweep(tmp_path / "s", trials=4))
    more = html.partition('<section id="more">')[2].partition("</section>")[0]
    assert '<h3 id="toy_epochs">Toy epochs</h3>' in more
    assert "<p>How &lt;long&gt; trials ran.</p>" in more
    assert more.count("data-figure=") == html.count('data-figure="toy_epochs"') == 1
    assert 'id="figure-toy_epochs"' in html
    assert "More figures" not in render(write_sweep(tmp_path / "none", trials=0)), "nothing to draw it from"


@pytest.mark.slow
def test_a_browser_draws_the_new_figure(toy, tmp_path, browser):
    page, wrong = shown(browser, write_report(write_sweep(tmp_path / "s", trials=4)))
    assert page.locator("section#more [data-figure=toy_epochs] .main-svg").first.is_visible()
    assert not wrong
    page.close()
