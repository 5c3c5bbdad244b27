"""No text of a person's becomes markup in a figure."""

from __future__ import annotations

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from reports.analysis.view import SweepView
from reports.figures import FIGURES
from reports.figures.figure import as_typed
from reports.pages.comparison import compare
from reports.pages.report import write_report
from reports.records.folder import list_sweeps
from tests.reports.browsing import shown
from tests.reports.sweeps import DOCUMENT, add_gallery, write_sweep

EVIL = '<a href="https://evil.example">click</a>'


def test_every_text_is_escaped_but_our_own_templates():
    drawn = go.Figure(
        [
            go.Scatter(x=[EVIL, "b"], y=[1, 2], text=np.array([EVIL, "A & B"]), name=EVIL, customdata=[[EVIL, 1]]),
            go.Bar(x=[1], y=[EVIL], hovertemplate="%{y}<br>%{x}<extra></extra>"),
        ]
    ).update_layout(title=EVIL, xaxis={"categoryarray": [EVIL]}, annotations=[{"text": EVIL}])
    found = as_typed(drawn)
    assert "<a" not in found.to_json().replace("\\u003c", "<")
    assert list(found.data[0].text) == ['&lt;a href="https://evil.example"&gt;click&lt;/a&gt;', "A &amp; B"]
    assert found.data[1].hovertemplate == "%{y}<br>%{x}<extra></extra>"
    assert list(found.data[0].y) == [1, 2]


def test_a_figure_of_harmless_texts_is_left_as_it_is():
    drawn = go.Figure(go.Scatter(x=["a"], y=[1], hovertemplate="<b>%{x}</b>"))
    assert as_typed(drawn) is drawn


def _evil_sweep(path):
    """A link wherever a person may name something: a class, a choice, a machine, the space, the sweep."""
    search = {**DOCUMENT["space"]["search"], "backbone": {"choice": [EVIL, "random"]}}
    data = {**DOCUMENT["data"], "classes": [EVIL, "pole", "car"]}
    folder = write_sweep(path, 30, space={**DOCUMENT["space"], "search": search}, data=data, name=EVIL)
    lines = [json.loads(line) for line in folder.record_path.read_text().splitlines()]
    for number, line in enumerate(lines):
        if line["event"] == "trial_started":
            line["node"], line["config"]["backbone"] = EVIL, (EVIL, "random")[number % 2]
    folder.record_path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    add_gallery(folder, task="classification", classes=[EVIL, "b"], confusion=[[3, 1], [0, 4]])
    return folder


@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_holds_a_link_that_a_person_wrote(name, tmp_path_factory):
    view = SweepView(_evil_sweep(tmp_path_factory.mktemp("evil") / "s"))
    drawn = FIGURES[name].draw(view)
    if drawn is None:
        return
    for one in (*drawn.data, drawn.layout):
        document = one.to_plotly_json()
        if name == "parallel_coordinates":  # plotly shows the words at its axes as they are
            for dimension in document.get("dimensions", ()):
                dimension.pop("ticktext", None)
        assert "<a href" not in str(document)


def test_a_comparison_holds_none_either(tmp_path):
    for name in ("one", "two"):
        write_sweep(tmp_path / name, trials=3)
    (tmp_path / "one").rename(tmp_path / "<a href=x>one")
    html = compare(list_sweeps(tmp_path))
    assert "\\u003ca href" not in html
    assert "&lt;a href" in html


@pytest.mark.slow
def test_a_browser_makes_no_link_of_a_class_or_a_choice(tmp_path, browser):
    page, wrong = shown(browser, write_report(_evil_sweep(tmp_path / "s")))
    assert page.locator(".js-plotly-plot a[href*='evil'], .js-plotly-plot a[*|href*='evil']").count() == 0
    texts = page.locator(".js-plotly-plot text").all_text_contents()
    assert any("<a href" in text for text in texts), "it is shown as it was typed"
    assert not any("&lt;" in text for text in texts)
    assert not wrong
    page.close()
