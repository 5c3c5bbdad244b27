"""The best at each setting, drawn."""

from reports.figures.isolation import FIGURE


def test_each_knob_has_a_panel_whose_best_setting_has_the_best_trial(views):
    view = views["pruning"]
    drawn = FIGURE.draw(view)
    assert [text.text for text in drawn.layout.annotations] == list(view.isolation)
    best = view.knob_trials["value"].max()
    always = [knob for knob, kind in view.spec.space.search.items() if not kind.when]
    for knob, trace in zip(view.isolation, drawn.data, strict=True):
        assert max(trace.y) == best or knob not in always
        assert sum(int(text) for text in trace.text) == view.knob_trials[knob].notna().sum()


def test_the_best_of_few_trials_is_hollow_and_the_words_say_why(views):
    view = views["pruning"]
    for trace in FIGURE.draw(view).data:
        hollow = [symbol == "diamond-open" for symbol in trace.marker.symbol]
        assert hollow == [int(text) < 3 for text in trace.text]
    assert "as high as elsewhere" in FIGURE.says(view)
    assert "hollow: fewer than 3" in FIGURE.says(view)


def test_an_ablation_has_none(views):
    assert FIGURE.draw(views["ablation"]) is None
    assert FIGURE.says(views["ablation"]) is None
