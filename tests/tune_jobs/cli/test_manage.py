"""The verbs that keep house, and what every command takes, as a person meets them."""

import io
import json
import sys

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cnnmodels.errors import UserError
from reports.records.record import Note
from reports.records.state import apply
from tests.reports.sweeps import SPEC, write_sweep
from tests.tune_jobs.watched import a_state
from tune_jobs.cli import main as cli
from tune_jobs.cli.app import console
from tune_jobs.cli.last_words import conclude_quietly
from tune_jobs.errors import EXIT_NOTHING_SUCCEEDED, EXIT_PAUSED, EXIT_SIGINT
from tune_jobs.progress import QuietProgress
from tune_jobs.resources.slots import Slots
from tune_jobs.run_to_end import SweepResult


@pytest.fixture
def storage(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        write_sweep(tmp_path / "sweeps" / name, trials=2, name=name)
    return tmp_path / "sweeps"


def tune(*words, **options):
    return CliRunner().invoke(cli.app, list(words), **options)


def test_removing_asks_and_without_anybody_to_answer_needs_yes(storage, monkeypatch):
    refused = tune("rm", "one", "two")
    assert "Nobody is there to answer: --yes says it beforehand" in str(refused.exception)
    assert isinstance(refused.exception, UserError)
    missing = tune("rm", "one", "three", "--yes")
    assert "no sweep called 'three' here" in str(missing.exception)
    assert len(list(storage.iterdir())) == 2, "all or none"
    said = tune("rm", "one", "two", "one", "--yes").output
    assert "Removed one." in said
    assert "Removed two." in said
    assert list(storage.iterdir()) == []


@pytest.mark.parametrize(("answer", "left"), [("n\n", 2), ("\n", 2), ("y\n", 1)])
def test_only_a_yes_removes(storage, monkeypatch, answer, left):
    monkeypatch.setattr("tune_jobs.cli.manage_commands._somebody_is_there", lambda: True)
    done = tune("rm", "one", input=answer)
    assert "Remove it for good? [y/N]" in done.output
    assert len(list(storage.iterdir())) == left
    assert done.exit_code == (0 if left == 1 else 1)


def test_a_renamed_sweep_has_its_name_on_its_page(storage):
    tune("report", "one")
    assert "one is first now: " in tune("rename", "one", "first").output
    assert "<h1>first</h1>" in (storage / "first" / "report.html").read_text()


def test_logs_are_lines_on_standard_output(storage):
    said = tune("logs", "one", "--trial", "0001").output
    assert "trial 0001 started on laptop" in said
    assert "trial 0000" not in said
    assert tune("logs", "one", "-f").output.count("sweep ended") == 1


def test_the_cache_is_told_of_and_cleared(storage, tmp_path):
    (tmp_path / "cache" / "packed" / "abc").mkdir(parents=True)
    (tmp_path / "cache" / "packed" / "abc" / "train.npy").write_bytes(b"0" * 2_000_000)
    (part,) = json.loads(tune("cache", "--json").output)["parts"]
    assert (part["size_bytes"] // 1_000_000, part["path"]) == (2, str(tmp_path / "cache" / "packed"))
    assert "decoded images" in tune("cache").output
    assert "use clear, or nothing" in str(tune("cache", "empty").exception)
    assert "Nobody is there to answer" in str(tune("cache", "clear").exception)
    assert "Freed 2.0 MB." in tune("cache", "clear", "--yes").output


def test_the_version_and_a_short_word_for_help():
    assert tune("--version").output.startswith("cnn-tune 0.")
    assert tune("-h").output == tune("--help").output
    assert tune("launch", "-h").output == tune("launch", "--help").output


@pytest.mark.parametrize("no_color", [True, False])
def test_no_color_means_no_color(monkeypatch, no_color):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1" if no_color else "")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    terminal = console()
    with terminal.capture() as captured:
        terminal.print("red", style="red")
    assert ("\x1b[31m" in captured.get()) != no_color


def test_quiet_lets_warnings_through_and_nothing_else():
    screen, state = Console(file=io.StringIO(), width=80), a_state(1)
    progress = QuietProgress(screen)
    progress.say("Data: 12 images.")
    progress.say("Warning: a range ends at its default")
    with progress.counting("Preparing") as count, progress.doing("Starting Ray"):
        count(1, 2)
    with progress.watch(SPEC)(state, Slots(2, 1, 0.0)):
        apply(state, Note(text="Pre-flight: look at the learning rate", trial="0000"))
    said = screen.file.getvalue().splitlines()
    assert said == ["Warning: a range ends at its default", "Warning: Pre-flight: look at the learning rate"]


def test_the_last_line_of_a_quiet_sweep_is_its_reports_path_and_trouble_is_said(storage):
    tune("report", "one")
    folder = write_sweep(storage / "empty", trials=0)
    (storage / "one" / "report.html").touch()
    for of, outcome, paused, code, lines in [
        ("one", "completed", None, 0, []),
        ("one", "SIGINT", None, EXIT_SIGINT, ["Interrupted. 2 of "]),
        ("one", "paused", "the disk is full", EXIT_PAUSED, ["Paused: the disk is full", "Once that is mended: tune "]),
        (folder.name, "completed", None, EXIT_NOTHING_SUCCEEDED, ["No trial gave a result."]),
    ]:
        screen = Console(file=io.StringIO(), width=200)
        result = SweepResult(type(folder)(storage / of), outcome, paused)
        assert conclude_quietly(result, screen) == code
        said = screen.file.getvalue().splitlines()
        path = result.folder.report_path
        assert said[len(lines) :] == ([str(path)] if path.exists() else [])
        assert all(line.startswith(wanted) for line, wanted in zip(said, lines, strict=False))
