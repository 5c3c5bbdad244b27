"""Learning curves."""

import pandas as pd
import pytest

from reports.figures.learning_curves import FIGURE, draw, sentence
from reports.records.record import TrialEnded, TrialStarted
from reports.records.state import fold
from search_spaces.schema import Objective

MIOU = Objective(metric="val_miou", mode="max")


def curves(trials, state="completed"):
    rows = [(f"{n:04d}", state, epoch, 0.01 * n + 0.1 * epoch) for n in range(trials) for epoch in (1, 2)]
    return pd.DataFrame(rows, columns=["trial", "state", "epoch", "value"])


def test_the_best_and_the_default_stand_out_by_name():
    drawn = draw(curves(3), MIOU, best="0002", default="0000")
    assert [trace.name for trace in drawn.data] == ["completed", "default (trial 0000)", "best (trial 0002)"]
    assert list(drawn.data[-1].y) == pytest.approx([0.12, 0.22])


def test_a_default_that_is_the_best_is_drawn_once():
    assert [trace.name for trace in draw(curves(1), MIOU, best="0000", default="0000").data] == ["best (trial 0000)"]


def test_a_pruned_curve_ends_at_a_cross_and_each_kind_of_end_is_named_once():
    drawn = draw(curves(2, "pruned"), MIOU, best=None, default=None)
    assert [list(trace.marker.symbol) for trace in drawn.data] == [["circle", "x"]] * 2
    assert [trace.showlegend for trace in drawn.data] == [True, False]


def test_beyond_sixty_the_weaker_curves_are_one_faint_trace_with_gaps():
    for mode, weakest in (("max", "0000"), ("min", "0063")):
        drawn = draw(curves(64), Objective(metric="val_miou", mode=mode), best=None, default=None)
        assert len(drawn.data) == 61
        assert drawn.data[0].name == "4 weaker trials"
        assert list(drawn.data[0].y).count(None) == 4
        assert not any(f"trial {weakest}," in (trace.hovertemplate or "") for trace in drawn.data)


def test_of_thousands_of_weaker_curves_every_so_many_are_drawn_and_the_legend_says_so():
    drawn = draw(curves(1000), MIOU, best=None, default=None).data[0]
    assert drawn.name == "940 weaker trials, 235 drawn"
    assert list(drawn.y).count(None) == 235


def test_an_ablation_has_no_best_to_stand_out(views):
    assert all("trial" not in trace.name for trace in FIGURE.draw(views["ablation"]).data)


def test_it_says_how_the_trials_ended():
    events = [TrialStarted(trial=name, config={}, node="n", slot=0) for name in ("0", "1", "2", "3")]
    events += [TrialEnded(trial="0", reason="completed"), TrialEnded(trial="1", reason="pruned")]
    events.append(TrialEnded(trial="2", reason="pruned"))
    assert sentence(fold(events)) == "1 ran to their end, 2 were pruned, 1 are running."
