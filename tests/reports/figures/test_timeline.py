"""The timeline."""

import pandas as pd
import pytest

from reports.figures import timeline
from reports.figures.timeline import draw, sentence

SPENT = pd.DataFrame(
    [("a 0", "0000", "training", 0.0, 2.0), ("a 0", "0000", "training", 3.0, 4.0), ("a 1", "", "idle", 0.0, 1.0)],
    columns=["slot", "trial", "phase", "begin", "end"],
)


def bars(drawn):
    return {trace.name: trace for trace in drawn.data}


def test_each_phase_is_a_bar_that_begins_where_it_began():
    training = bars(draw(SPENT))["training"]
    assert list(training.base) == [0.0, 3.0]
    assert list(training.x) == [2.0, 1.0]
    assert list(training.customdata) == [120.0, 60.0], "seconds"


def test_too_many_bars_become_the_totals_of_each_slot(monkeypatch):
    monkeypatch.setattr(timeline, "_MAX_BARS", 2)
    drawn = draw(SPENT)
    assert drawn.layout.barmode == "stack"
    assert drawn.layout.xaxis.title.text == "minutes, all together"
    assert list(bars(drawn)["training"].x) == [3.0]
    assert bars(drawn)["training"].base is None


def test_it_says_the_share_of_each_phase_the_largest_first():
    assert sentence(SPENT).startswith("Of 4.0 slot-minutes: training 75%, idle 25%, ")
    assert sentence(SPENT.head(0)) == ""


@pytest.mark.parametrize("name", ["pruning", "ablation"])
def test_its_bars_add_up_to_the_table(views, name):
    view = views[name]
    drawn = timeline.FIGURE.draw(view)
    spent = (view.timeline["end"] - view.timeline["begin"]).sum()
    assert sum(sum(trace.x) for trace in drawn.data) == pytest.approx(spent)
