"""The command as a person meets it: help, refusals, reading verbs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.reports.sweeps import write_sweep
from tests.tune_jobs.sweeps import PATIENCE
from tune_jobs.cli import main as cli

ROOT = Path(__file__).resolve().parents[3]
VERBS = [
    *["launch", "plan", "resume", "ablate", "stop", "data", "ls", "show", "report"],
    *["serve", "compare", "export-report", "spaces", "doctor", "train", "predict", "evaluate"],
    *["logs", "rename", "rm", "cache"],
]
READING = ["plan", "data", "ls", "show", "report", "compare", "spaces", "doctor", "evaluate", "cache"]


def tune(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tune_jobs", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        timeout=PATIENCE,
    )


def test_the_help_lists_every_verb():
    said = tune("--help").stdout
    assert all(f"\n  {verb} " in said for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb):
    said = CliRunner().invoke(cli.app, [verb, "--help"]).stdout
    assert f"Example: tune {verb}" in said
    assert ("--json" in said) == (verb in READING)


def test_the_page_of_commands_tells_of_every_verb():
    page = (ROOT / "docs" / "commands.md").read_text()
    assert [verb for verb in VERBS if f"tune {verb}" not in page] == []


REFUSED = [  # as a process; the others stand in test_bad_*.py
    (["launch", "seg_unett"], "seg_unett: no such search space. Did you mean `seg_unet`?"),
    (["launch", "seg_unet", "--data", "."], "layout not recognised"),
    (["launch", "seg_unet", "--set", "resources.gpus=4"], "resources.gpus: asked 4 GPU, there are 0"),
    (["launch", "seg_unet", "--set", "resources.cpus=999"], "no node has room for a trial of 999 CPUs"),
]


@pytest.mark.parametrize(("words", "message"), REFUSED, ids=[" ".join(words)[:50] for words, _ in REFUSED])
def test_bad_input_is_one_line_with_exit_code_2_and_leaves_nothing_behind(tmp_path, words, message, monkeypatch):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "a file").touch()
    done = tune(*words, cwd=tmp_path / "here")
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert done.stderr.startswith("tune: ")
    assert "Traceback" not in done.stderr
    assert [path.name for path in (tmp_path / "here").rglob("*") if path.name != "sweeps"] == ["a file"]


def test_reading_verbs_read_and_print_json(tmp_path):
    write_sweep(tmp_path / "one", trials=6)
    write_sweep(tmp_path / "two", trials=2, ended=False)
    storage = ["--storage", str(tmp_path)]
    rows = {row["name"]: row for row in json.loads(tune("ls", "--json", *storage).stdout)}
    assert (rows["one"]["state"], rows["one"]["finished"]) == ("completed", 6)
    assert rows["two"]["state"] == "lost"
    shown = json.loads(tune("show", "one", "--json", *storage).stdout)
    assert len(shown["trials"]) == 6
    assert shown["trials"][0]["best"] == rows["one"]["best"]
    assert json.loads(tune("report", "one", "--json", *storage).stdout)["report"] == str(
        tmp_path / "one" / "report.html"
    )
    assert (tmp_path / "one" / "report.html").exists()
    compared = json.loads(tune("compare", "one", "two", "--json", *storage).stdout)
    assert compared["page"] == str(tmp_path / "compare-one-two.html")
    assert [one["name"] for one in compared["sweeps"]] == ["one", "two"]
    assert compared["sweeps"][0]["best"] == rows["one"]["best"]


def test_lists_for_people_name_what_matters(tmp_path):
    write_sweep(tmp_path / "one", trials=6)
    storage = ["--storage", str(tmp_path)]
    assert "val_miou" in tune("ls", *storage).stdout
    shown = tune("show", "one", *storage).stdout
    assert "Train the best again (" in shown
    assert "tune launch seg_unet --trials 1" in shown
    assert "A first one: tune launch seg_unet" in tune("ls", "--storage", str(tmp_path / "none")).stdout


def test_a_space_is_explained_knob_by_knob():
    said = tune("spaces", "seg_unet").stdout
    assert "learning rate" in said
    assert "counts only when augmentation is flip+shift or" in said
    assert "Tried right behind the default, as `study`: lr 0.0001," in said
    assert "seg_unet" in tune("spaces").stdout
    schema = json.loads(tune("spaces", "--json-schema").stdout)
    assert {"search", "budget", "objective"} <= set(schema["properties"])


def test_a_folder_of_images_is_described(tmp_path, shared_data, monkeypatch):
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path))
    found = json.loads(tune("data", str(shared_data / "birds12"), "--json").stdout)
    assert (found["task"], found["counts"]) == ("classification", {"train": 279, "val": 93})
    assert len(found["classes"]) == 12
    assert found["classes"][2]["name"] == "DUCK"
    assert found["classes"][2]["inverse_weight"] < found["classes"][0]["inverse_weight"]
    assert Path(found["contact_sheet"]).stat().st_size > 10_000
    camvid = tune("data", str(shared_data / "camvid")).stdout
    assert "367 train, 101 val" in camvid
    assert "bicyclist" in camvid
    assert "void: " in camvid


def test_the_doctor_knows_the_owner_of_the_command_and_this_machine():
    diagnosis = json.loads(tune("doctor", "--json").stdout)
    assert diagnosis["versions"]["ray"]
    assert diagnosis["cpus"] >= 1
    assert diagnosis["memory_free_bytes"] > 0
    assert diagnosis["tune_owner"]


@pytest.mark.parametrize(
    ("script", "owner"),
    [
        ("from tune_jobs.cli.main import main", "cnn-tune"),
        ("from ray.tune.cli.scripts import cli", "ray"),
        ("something else", "an unknown program"),
    ],
)
def test_the_owner_of_a_script_is_read_from_what_it_imports(tmp_path, script, owner):
    from tune_jobs.cli.doctor import _owner

    (tmp_path / "tune").write_text(f"#!/usr/bin/python\n{script}\n")
    assert _owner(str(tmp_path / "tune")).startswith(owner)
    assert _owner(None) == "nobody"
