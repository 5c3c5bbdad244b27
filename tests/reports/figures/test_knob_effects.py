"""What each knob did, drawn and said."""

from reports.analysis import tables
from reports.analysis.formatting import in_a_word
from reports.figures import knob_effects
from reports.figures.knob_effects import FIGURE


def test_a_choice_has_boxes_with_points_and_a_range_has_points_with_means(views):
    view = views["pruning"]
    drawn = FIGURE.draw(view)
    titles = [f"{one.knob}{one.where}" for one in view.effects]
    assert [text.text for text in drawn.layout.annotations] == titles
    kinds = [type(trace).__name__ for trace in drawn.data]
    of_knob = dict(zip([one.knob for one in view.effects], zip(kinds[::2], kinds[1::2], strict=True), strict=True))
    assert of_knob["skip"] == ("Box", "Box")
    assert of_knob["lr"] == ("Scatter", "Scatter")
    lr = list(of_knob).index("lr")
    levels = view.effects[lr].levels
    assert list(drawn.data[2 * lr + 1].y) == [level.mean for level in levels]
    assert list(drawn.data[2 * lr + 1].error_y.array) == [level.half_width for level in levels]


def test_a_box_has_the_quartiles_of_all_trials_at_a_choice_and_none_of_the_trials(views):
    view = views["pruning"]
    box = next(trace for trace in FIGURE.draw(view).data if trace.type == "box" and trace.q1 is not None)
    knob = next(one.knob for one in view.effects if type(view.spec.space.search[one.knob]).__name__ == "Choice")
    values = view.knob_trials["value"].groupby(view.knob_trials[knob].map(in_a_word))
    assert box.y is None
    for word, low, middle, high, bottom, top in zip(
        box.x, box.q1, box.median, box.q3, box.lowerfence, box.upperfence, strict=True
    ):
        at_choice = values.get_group(word)
        assert (low, middle, high) == tuple(at_choice.quantile([0.25, 0.5, 0.75]))
        assert at_choice.min() <= bottom <= low <= high <= top <= at_choice.max()
        assert {bottom, top} <= set(at_choice)


def test_a_panel_that_shows_some_of_many_trials_says_so(views, monkeypatch):
    for module in (tables, knob_effects):
        monkeypatch.setattr(module, "MAX_POINTS", 10)
    assert "Each panel shows 10 of " in FIGURE.says(views["pruning"])
    view = views["pruning"]
    clouds = [trace for trace in FIGURE.draw(view).data if trace.text is not None and "trial" in trace.hovertemplate]
    assert len(clouds) == len(view.effects)
    assert all(len(trace.x) <= 10 for trace in clouds)
