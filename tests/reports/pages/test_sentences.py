"""What a report says of the winner."""

from reports.analysis.repeats import Repeats, Rivals
from reports.analysis.summary import Worth
from reports.pages.sentences import default_sentence, trust_sentence
from reports.records.state import TrialState

BEST = TrialState("0007")


def worth(default, gain, as_long=None):
    return Worth(BEST, 9, 0.75, default, 9 if default else None, as_long, gain)


def test_the_winner_is_held_against_the_default_also_when_trained_as_long():
    assert default_sentence(worth(0.5, 0.25)) == (
        "That is 0.2500 better than the default configuration, which reached 0.5000."
    )
    assert "0.5000 (0.4000 when trained no longer than the best trial)." in default_sentence(worth(0.5, 0.25, 0.4))
    assert default_sentence(worth(0.75, 0.0)) == "It is the default configuration itself: no trial did better."
    assert default_sentence(worth(None, None)) == "The default configuration gave no result to compare with."


def test_without_repeats_and_without_curves_it_tells_what_would_help():
    said = trust_sentence(worth(0.5, 0.25), None, None, "camvid")
    assert said.startswith("The best configuration was trained once, with one seed. There is too little to say")
    assert "tune ablate camvid" in said


def test_repeats_are_told_with_their_interval_and_rivals_by_name():
    repeats = Repeats([0.74, 0.75, 0.76], ["camvid"])
    said = trust_sentence(worth(0.5, 0.25), repeats, Rivals([TrialState("0003")], 0.01, 0.0277, "repeats"), "camvid")
    assert "Trained 3 times with different seeds (camvid), the best configuration reaches 0.7500 ± 0.0248" in said
    assert "Repeats of one configuration vary by 0.0100" in said
    assert said.endswith("Trial 0003 within 0.0277 of it cannot be told from the best.")


def test_a_yardstick_from_curves_is_called_one_and_several_rivals_are_counted():
    near = Rivals([TrialState(f"{number:04d}") for number in range(10)], 0.01, 0.0277, "curves")
    said = trust_sentence(worth(0.5, 0.25), None, near, "camvid")
    assert "Nothing was repeated, so the yardstick is how much curves jump" in said
    assert "10 trials (0000, 0001, 0002, 0003, 0004, 0005, 0006, 0007 and 2 more) within" in said
    alone = trust_sentence(worth(0.5, 0.25), None, Rivals([], 0.01, 0.0277, "curves"), "camvid")
    assert alone.endswith("No other trial comes within 0.0277 of the best.")
