"""What is said of the effects of knobs."""

import math

from reports.analysis.hints import hints_sentence, verdict
from reports.analysis.knob_effects import KnobEffect, Level


def effect(low, high, difference=0.2, p=0.01, visible=True):
    best, worst = Level("adam", "adam", 5, 0.7, 0.1), Level("sgd", "sgd", 5, 0.5, 0.1)
    return KnobEffect("optimizer", [best, worst], best, worst, difference, low, high, p, visible)


def test_it_says_what_is_hinted_or_that_nothing_is():
    assert "optimizer (adam over sgd: 0.2000 [0.1000, 0.3000])" in hints_sentence([effect(0.1, 0.3)])
    assert hints_sentence([effect(-0.1, 0.3)]).startswith("No knob stands out: of 1, none has an effect")
    assert hints_sentence([effect(0.1, 0.3, p=0.2)]).startswith("No knob stands out"), (
        "many knobs, one of them by chance"
    )
    assert "Not visible, since too few of its values came so far: optimizer." in hints_sentence(
        [effect(-1, 1, visible=False)]
    )
    assert hints_sentence([effect(math.nan, math.nan, math.nan)]).startswith("There are too few trials")


def test_a_cell_says_it_in_a_few_words():
    assert verdict(effect(0.1, 0.3)) == "a hint"
    assert verdict(effect(0.1, 0.3, p=0.2)) == "may be chance"
    assert verdict(effect(-0.1, 0.3)) == "nothing seen"
    assert verdict(effect(-1, 1, visible=False)) == "not visible"
