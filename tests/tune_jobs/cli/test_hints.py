"""What the terminal says of knobs, before and after an ablation."""

from __future__ import annotations

import io
import json

from rich.console import Console

from tests.reports.sweeps import write_ablation, write_knobs, write_sweep
from tune_jobs.cli.last_words import conclude
from tune_jobs.cli.tables.sweeps import show_one
from tune_jobs.run_to_end import SweepResult

WITH, WITHOUT = {"lr": 0.01, "skip": True}, {"lr": 0.01, "skip": False}
OPPOSITE = {"best": (WITH, [0.50, 0.51]), "skip": (WITHOUT, [0.70, 0.715])}


def shown(folder):
    console = Console(file=io.StringIO(), width=200)
    show_one(folder, console, as_json=False)
    return console.file.getvalue()


def last_words(folder):
    console = Console(file=io.StringIO(), width=200)
    conclude(SweepResult(folder, "completed", None), console)
    return console.file.getvalue()


def test_a_hint_stands_in_show_and_in_the_last_words_until_an_ablation_contradicts_it(tmp_path):
    sweep = write_knobs(tmp_path / "s", trials=48)
    for said in (shown(sweep), last_words(sweep)):
        assert "Knobs: Hints: skip (true over false" in said
    apart = write_ablation(tmp_path / "apart", OPPOSITE)
    for said in (shown(sweep), last_words(sweep)):
        assert "Hints: skip" not in said
        assert "Knobs: No hint is left. Withdrawn: skip (true over false" in said
    said = last_words(apart)
    assert "Intervals are wide with 2 seeds" in said
    assert "Knobs of s: No hint is left. Withdrawn: skip" in said


def test_json_has_a_row_a_knob_with_its_share_its_effect_and_what_an_ablation_found(tmp_path, capsys):
    sweep = write_knobs(tmp_path / "s", trials=48)
    write_ablation(tmp_path / "apart", OPPOSITE)
    show_one(sweep, Console(), as_json=True)
    knobs = {row["knob"]: row for row in json.loads(capsys.readouterr().out)["knobs"]}
    assert knobs["skip"]["effect"]["hint"] is False
    assert knobs["skip"]["ablation"]["finding"] == "contradicted"
    share = knobs["skip"]["importance"]
    assert share["low"] <= share["share"] <= share["high"]
    assert knobs["lr"]["ablation"] is None
    assert "momentum" in knobs


def test_a_handful_of_trials_says_nothing_of_knobs(tmp_path, capsys):
    sweep = write_sweep(tmp_path / "s", trials=4)
    assert "Knobs:" not in shown(sweep)
    show_one(sweep, Console(), as_json=True)
    assert all(row["effect"] is None for row in json.loads(capsys.readouterr().out)["knobs"])
