"""IoU class by class."""

import pandas as pd

from reports.figures.class_iou import FIGURE, draw, sentence
from reports.figures.figure import as_typed


def table(**iou):
    return pd.DataFrame({"name": list(iou), "iou": list(iou.values())})


BEST, DEFAULT = table(road=0.9, car=0.5), table(road=0.7, car=0.6)


def test_the_best_is_a_bar_in_the_colour_of_the_class_and_the_default_a_mark_on_it():
    bars, marks = draw(BEST, DEFAULT, {"road": "#804080"}).data
    assert list(bars.y) == list(marks.y) == ["car", "road"], "the best class on top"
    assert list(bars.x) == [0.5, 0.9]
    assert list(marks.x) == [0.6, 0.7]
    assert bars.marker.color[1] == "#804080"


def test_names_are_shown_as_they_are():
    drawn = draw(table(**{"<b>x": 0.9, "a & b": 0.5}), table(**{"<b>x": 0.7}), {})
    assert list(as_typed(drawn).data[0].y) == ["a &amp; b", "&lt;b&gt;x"], "as plotly shows them"


def test_it_says_where_it_is_good_and_where_it_gained_or_lost():
    assert sentence(BEST, DEFAULT) == (
        "Best at road (0.900), worst at car (0.500). The largest gain over the default is at road (+0.200); "
        "1 of 2 classes lost."
    )
    assert sentence(BEST, BEST) == "Best at road (0.900), worst at car (0.500)."
    assert sentence(BEST, table(pole=0.1)) == ""


def test_colours_are_those_of_the_data(views):
    bars = FIGURE.draw(views["pruning"]).data[0]
    assert dict(zip(bars.y, bars.marker.color, strict=True))["road"] == "#804080"
