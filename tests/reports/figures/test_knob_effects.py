"""What each knob did, drawn and said."""

import math

from reports.analysis import tables
from reports.analysis.knob_effects import KnobEffect, Level
from reports.figures import knob_effects
from reports.figures.knob_effects import FIGURE, sentence


def effect(low, high, difference=0.2, p=0.01, visible=True):
    best, worst = Level("adam", "adam", 5, 0.7, 0.1), Level("sgd", "sgd", 5, 0.5, 0.1)
    return KnobEffect("optimizer", [best, worst], best, worst, difference, low, high, p, visible)


def test_a_choice_has_boxes_with_points_and_a_range_has_points_with_means(views):
    view = views["pruning"]
    drawn = FIGURE.draw(view)
    assert [text.text for text in drawn.layout.annotations] == [one.knob for one in view.effects]
    kinds = [type(trace).__name__ for trace in drawn.data]
    of_knob = dict(zip([one.knob for one in view.effects], zip(kinds[::2], kinds[1::2], strict=True), strict=True))
    assert of_knob["skip"] == ("Box", "Box")
    assert of_knob["lr"] == ("Scatter", "Scatter")
    lr = list(of_knob).index("lr")
    levels = view.effects[lr].levels
    assert list(drawn.data[2 * lr + 1].y) == [level.mean for level in levels]
    assert list(drawn.data[2 * lr + 1].error_y.array) == [level.half_width for level in levels]


def test_it_says_what_is_hinted_or_that_nothing_is():
    assert "optimizer (adam over sgd: 0.2000 [0.1000, 0.3000])" in sentence([effect(0.1, 0.3)])
    assert sentence([effect(-0.1, 0.3)]).startswith("No knob stands out: of 1, none has an effect")
    assert sentence([effect(0.1, 0.3, p=0.2)]).startswith("No knob stands out"), "many knobs, one of them by chance"
    assert "Not visible, since too few of its values came so far: optimizer." in sentence(
        [effect(-1, 1, visible=False)]
    )
    assert sentence([effect(math.nan, math.nan, math.nan)]).startswith("There are too few trials")


def test_a_panel_that_shows_some_of_many_trials_says_so(views, monkeypatch):
    for module in (tables, knob_effects):
        monkeypatch.setattr(module, "MAX_POINTS", 10)
    assert "Each panel shows 10 of " in FIGURE.says(views["pruning"])
    view = views["pruning"]
    clouds = [trace for trace in FIGURE.draw(view).data if trace.text is not None and "trial" in trace.hovertemplate]
    assert len(clouds) == len(view.effects)
    assert all(len(trace.x) <= 10 for trace in clouds)
