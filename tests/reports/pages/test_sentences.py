"""What a report says of the winner."""

from reports.analysis.repeats import Repeats, Rivals
from reports.analysis.summary import Worth
from reports.pages.sentences import trust_sentence
from reports.records.state import TrialState

BEST = TrialState("0007")


WORTH = Worth(BEST, 9, 0.75, 0.5, 9)


def test_without_repeats_and_without_curves_it_tells_what_would_help():
    said = trust_sentence(WORTH, None, None, "camvid")
    assert said.startswith("The best configuration was trained once, with one seed. There is too little to say")
    assert "tune confirm camvid" in said


def test_repeats_are_told_with_their_interval_and_rivals_by_name():
    repeats = Repeats([0.74, 0.75, 0.76], ["camvid"])
    said = trust_sentence(WORTH, repeats, Rivals([TrialState("0003")], 0.01, 0.0277, "repeats"), "camvid")
    assert "Trained 3 times with different seeds (camvid), the best configuration reaches 0.7500 ± 0.0248" in said
    assert "Repeats of one configuration vary by 0.0100" in said
    assert said.endswith("Trial 0003 within 0.0277 of it cannot be told from the best.")


def test_a_yardstick_from_curves_is_called_one_and_several_rivals_are_counted():
    near = Rivals([TrialState(f"{number:04d}") for number in range(10)], 0.01, 0.0277, "curves")
    said = trust_sentence(WORTH, None, near, "camvid")
    assert "Nothing was repeated, so the yardstick is how much curves jump" in said
    assert "10 trials (0000, 0001, 0002, 0003, 0004, 0005, 0006, 0007 and 2 more) within" in said
    alone = trust_sentence(WORTH, None, Rivals([], 0.01, 0.0277, "curves"), "camvid")
    assert alone.endswith("No other trial comes within 0.0277 of the best.")
