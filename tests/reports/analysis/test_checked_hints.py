"""What ablations make of hints: shown, not shown, contradicted."""

from __future__ import annotations

import pytest

from reports.analysis.checked_hints import checked
from reports.analysis.hints import hints_sentence, verdict
from reports.analysis.knob_effects import KnobEffect, Level
from reports.analysis.view import SweepView
from reports.pages.report import render
from tests.reports.sweeps import write_ablation, write_knobs

BEST, WORST = Level("true", "true", 9, 0.7, 0.1), Level("false", "false", 9, 0.5, 0.1)
HINT = KnobEffect("skip", [BEST, WORST], BEST, WORST, 0.2, 0.1, 0.3, p=0.01, visible=True)
WITH, WITHOUT = {"lr": 0.01, "skip": True}, {"lr": 0.01, "skip": False}


def held_against(tmp_path, effect, variants):
    folder = write_ablation(tmp_path / "apart", variants)
    return checked(effect, [(folder.spec(), folder.state())])


@pytest.mark.parametrize(
    ("without", "finding"),
    [
        ([0.50, 0.51, 0.52], "shown"),
        ([0.90, 0.91, 0.92], "contradicted"),  # the opposite
        ([0.69, 0.72, 0.71], "contradicted"),  # no effect of the hinted size
        ([0.50, 0.71, 0.75], "not shown"),  # too wide to tell
    ],
)
def test_an_ablation_shows_a_hint_or_not_or_contradicts_it(tmp_path, without, finding):
    effect = held_against(tmp_path, HINT, {"best": (WITH, [0.70, 0.71, 0.72]), "skip": (WITHOUT, without)})
    assert effect.check.finding == finding
    assert effect.withdrawn == (finding == "contradicted")
    assert effect.hinted == (finding != "contradicted")


def test_where_the_best_configuration_has_the_poorer_setting_the_gain_is_turned_round(tmp_path):
    effect = held_against(tmp_path, HINT, {"best": (WITHOUT, [0.50, 0.51]), "skip": (WITH, [0.70, 0.72])})
    assert effect.check.gain.mean == pytest.approx(0.205)
    assert effect.check.finding == "shown"


def test_a_rung_of_a_ladder_checks_its_knob(tmp_path):
    variants = {"default": (WITHOUT, [0.4, 0.41]), "+ skip": (WITH, [0.6, 0.62])}
    assert held_against(tmp_path, HINT, variants).check.finding == "shown"


def test_settings_that_the_hint_does_not_compare_check_nothing(tmp_path):
    low, high = (Level(f"{a} to {b}", a, 9, 0.5, 0.1, (a, b)) for a, b in ((1e-4, 1e-3), (5e-3, 1e-2)))
    effect = KnobEffect("lr", [low, high], high, low, 0.2, 0.1, 0.3, p=0.01, visible=True)
    middle = {"best": ({"lr": 8e-3}, [0.5, 0.6]), "lr": ({"lr": 2e-3}, [0.5, 0.6])}
    assert held_against(tmp_path / "a", effect, middle).check is None
    ends = {"best": ({"lr": 8e-3}, [0.5, 0.6]), "lr": ({"lr": 5e-4}, [0.3, 0.4])}
    assert held_against(tmp_path / "b", effect, ends).check.finding == "shown"


def test_one_seed_has_no_interval_and_contradicts_nothing(tmp_path):
    effect = held_against(tmp_path, HINT, {"best": (WITH, [0.5]), "skip": (WITHOUT, [0.9])})
    assert effect.check.finding == "not shown"


def test_of_several_ablations_the_narrowest_counts(tmp_path):
    wide = write_ablation(tmp_path / "wide", {"best": (WITH, [0.7, 0.71]), "skip": (WITHOUT, [0.5, 0.75])})
    sure = write_ablation(tmp_path / "sure", {"best": (WITH, [0.7, 0.71]), "skip": (WITHOUT, [0.5, 0.51])})
    effect = checked(HINT, [(one.spec(), one.state()) for one in (wide, sure)])
    assert effect.check.ablation == "sure"


def test_words_withdraw_what_is_contradicted_and_keep_what_is_merely_not_shown(tmp_path):
    opposite = held_against(tmp_path / "a", HINT, {"best": (WITH, [0.5, 0.51]), "skip": (WITHOUT, [0.7, 0.72])})
    assert hints_sentence([opposite]).startswith("No hint is left. Withdrawn: skip (true over false: 0.2000 [")
    assert "since apart shows the opposite: -0.2050 [" in hints_sentence([opposite])
    assert verdict(opposite) == "withdrawn: apart shows the opposite"
    wide = held_against(tmp_path / "b", HINT, {"best": (WITH, [0.5, 0.7]), "skip": (WITHOUT, [0.7, 0.5])})
    assert "]), which apart does not show with 2 seeds: " in hints_sentence([wide])
    assert verdict(wide) == "a hint, not shown by apart"


@pytest.fixture
def hinting(tmp_path):
    """A sweep whose trials of skip are far better than those without."""
    return write_knobs(tmp_path / "s", trials=48)


def test_the_report_withdraws_a_hint_wherever_it_would_stand(hinting):
    assert "Hints: skip (true over false" in render(hinting)
    write_ablation(
        hinting.path.parent / "apart", {"best": (WITH, [0.5, 0.51, 0.52]), "skip": (WITHOUT, [0.7, 0.71, 0.72])}
    )
    view = SweepView(hinting)
    (withdrawn,) = [effect for effect in view.hints if effect.withdrawn]
    assert withdrawn.knob == "skip"
    html = render(hinting)
    assert "Hints: skip" not in html
    assert "No hint is left. Withdrawn: skip (true over false" in html
    assert "withdrawn: apart shows the opposite" in html
    assert "hints at skip" not in html
    knobs = html.partition('<section id="knobs">')[2]
    assert knobs.index('data-figure="ablation-0"') < knobs.index("data-figure", knobs.index("ablation-0") + 20)


def test_an_ablation_that_cannot_be_read_changes_no_hint(hinting):
    write_ablation(hinting.path.parent / "apart", {"best": (WITH, [0.5])}).record_path.write_text("{}\n{}\n")
    assert [effect.knob for effect in SweepView(hinting).hints if effect.hinted] == ["skip"]
