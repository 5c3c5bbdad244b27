"""How much is left, drawn and said."""

from reports.analysis.tuning_curve import curve_of
from reports.figures.tuning_curve import draw, sentence
from search_spaces.schema import Objective

MIOU = Objective(metric="val_miou", mode="max")
CURVE = curve_of([0.1 * number for number in range(1, 9)], "max", (0.0, 1.0))


def test_the_line_is_drawn_in_its_band():
    band, line = draw(CURVE, MIOU).data
    assert band.name == "90 % band"
    assert list(line.y) == list(CURVE["expected"])


def test_a_band_without_bound_is_not_drawn_nor_said():
    loss = Objective(metric="val_loss", mode="min")
    curve = curve_of([0.1 * number for number in range(1, 9)], "min", (float("-inf"), float("inf")))
    assert len(draw(curve, loss).data) == 1
    assert "band" not in sentence(curve, loss, "s")


def test_the_sentence_says_what_the_last_doubling_brought():
    said = sentence(CURVE, MIOU, "camvid")
    gained = CURVE["expected"].iloc[7] - CURVE["expected"].iloc[3]
    assert f"going from 4 to 8 of them brought {gained:.4f}" in said
    assert "tune resume camvid --trials N" in said
