"""A sweep that an earlier version left half done: it lists, shows, reports, serves and resumes as one of today's.

The folder under tests/old_sweep was written by version 0.1.0 and stopped with Ctrl-C: three trials had ended, one was
in its second epoch, two had not begun; one knob (`initialisation`) has another name today.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import reports
from reports.records.folder import SweepFolder
from tests.reports.serving import ask, served
from tests.tune_jobs.sweeps import finish, nothing_lost, tune

OLD = Path(__file__).resolve().parents[1] / "old_sweep" / "before-0.2"
pytestmark = pytest.mark.slow


@pytest.fixture
def old(tmp_path) -> SweepFolder:
    shutil.copytree(OLD, tmp_path / OLD.name)
    return SweepFolder(tmp_path / OLD.name)


def said(*words, storage, cache) -> str:
    return finish(tune(*words, storage=storage, cache=cache))


def test_it_lists_and_shows(old, tmp_path, cache):
    (row,) = json.loads(said("ls", "--json", storage=tmp_path, cache=cache))
    assert (row["name"], row["state"], row["finished"]) == ("before-0.2", "interrupted", 3)
    shown = json.loads(said("show", old.name, "--json", storage=tmp_path, cache=cache))
    assert shown["best"] == pytest.approx(0.0300, abs=1e-4)
    best = next(trial for trial in shown["trials"] if trial["trial"] == "0001")
    assert best["settings"]["initialization"] == "xavier"


def test_it_reports_opens_and_serves(old, tmp_path, cache):
    assert "report.html" in said("report", old.name, storage=tmp_path, cache=cache)
    assert "initialization" in old.report_path.read_text()
    sweep = reports.open(old.path)
    assert len(sweep.trials) == 4
    assert sweep.figures.learning_curves().data
    with served(tmp_path) as address:
        status, page, _ = ask(f"{address}/sweeps/{old.name}")
    assert status == 200
    assert "before-0.2" in page


def test_it_resumes_and_loses_nothing(old, tmp_path, cache):
    before = old.state()
    output = said("resume", old.name, storage=tmp_path, cache=cache)
    nothing_lost(before, old, requested=6)
    assert "Best: trial" in output
    began = [json.loads(line) for line in old.record_path.read_text().splitlines()]
    assert sum(line["event"] == "epoch" and (line["trial"], line["epoch"]) == ("0003", 1) for line in began) == 1


def test_its_best_weights_predict(old):
    from cnnmodels.checkpoint import TrialCheckpoints
    from cnnmodels.config import parse

    checkpoint = TrialCheckpoints(old.trial_path("0001")).load_best()
    assert parse(checkpoint.config).initialization == "xavier"
