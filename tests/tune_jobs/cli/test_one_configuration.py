"""A sweep of one configuration, as `tune show` advises to train the best again: it compares itself with nothing."""

from __future__ import annotations

import io
import json
import shlex

from rich.console import Console

from tests.reports.sweeps import DOCUMENT, spec_with, write_sweep
from tune_jobs.cli.last_words import conclude
from tune_jobs.cli.tables.sweeps import show_one
from tune_jobs.progress import TerminalProgress
from tune_jobs.run_to_end import SweepResult


def shown(folder):
    console = Console(file=io.StringIO(), width=300)
    show_one(folder, console, as_json=False)
    return console.file.getvalue()


def words_to_train_again(folder):
    said = shown(folder)
    assert "Train the best again (for longer with a larger budget.max_epochs):" in said
    return shlex.split(next(line for line in said.splitlines() if line.startswith("  tune launch")))


def trained_again(tmp_path):
    """As the command asks for: every knob fixed but those that are not in effect."""
    fixed = {**DOCUMENT["space"]["fixed"], "lr": 0.01, "optimizer": "adam", "skip": True}
    search = {"momentum": DOCUMENT["space"]["search"]["momentum"]}
    return write_sweep(tmp_path / "again", trials=1, space={**DOCUMENT["space"], "fixed": fixed, "search": search})


def test_what_trains_the_best_again_lies_beside_the_sweep_and_is_in_the_json(tmp_path, capsys):
    sweep = write_sweep(tmp_path / "my sweeps" / "s", trials=12)
    words = words_to_train_again(sweep)
    assert words[words.index("--storage") + 1] == str(tmp_path / "my sweeps")
    show_one(sweep, Console(), as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert shlex.split(found["train_again"]) == words
    assert found["command"] == DOCUMENT["command"]
    default = next(trial for trial in found["trials"] if trial["trial"] == "0000")
    assert default == {**found["default"], "fails": []}
    assert found["default"]["settings"]["lr"] == 1e-3


def test_the_last_words_have_no_empty_table_and_no_comparison_with_itself(tmp_path):
    again = trained_again(tmp_path)
    assert again.spec().space.default() == {}
    console = Console(file=io.StringIO(), width=300)
    conclude(SweepResult(again, "completed", None), console)
    said = console.file.getvalue()
    assert "Best: trial 0000, val_miou 0." in said
    assert " better than the most frequent class (road)" in said
    assert "default" not in said
    assert "Pruned" not in said
    assert "Go on with" not in said


def test_it_begins_as_what_it_is(tmp_path):
    again = trained_again(tmp_path)
    console = Console(file=io.StringIO(), width=300)
    TerminalProgress(console).begins(again, again.spec(), 1)
    assert "; 1 trial of at most 9 epochs; one configuration." in console.file.getvalue()


def test_a_sweep_whose_default_failed_still_says_so(tmp_path):
    sweep = write_sweep(tmp_path / "s", trials=6)
    lines = sweep.record_path.read_text().splitlines()
    kept = [line for line in lines if not ('"trial":"0000"' in line and '"event":"epoch"' in line)]
    sweep.record_path.write_text("".join(f"{line}\n" for line in kept))
    assert spec_with().space.default()
    assert "The default configuration gave no result to compare with." in shown(sweep)
