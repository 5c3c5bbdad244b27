"""Tables and pictures beside the report, and the same things in a notebook."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import reports
from reports.pages.comparison import write_comparison
from reports.pages.pdf import export
from reports.pages.report import write_report
from reports.records.errors import SweepError
from tests.reports.sweeps import DOCUMENT, write_sweep


def test_csv_and_parquet_hold_every_trial(tmp_path):
    sweep = write_sweep(tmp_path / "s", trials=12)
    write_report(sweep)
    csv, parquet = pd.read_csv(sweep.path / "trials.csv"), pd.read_parquet(sweep.path / "trials.parquet")
    assert len(csv) == len(parquet) == 12
    assert parquet["best"].tolist() == pytest.approx(csv["best"].tolist())
    assert {"lr", "optimizer", "momentum", "skip", "best_epoch", "node"} <= set(parquet.columns)
    assert not list(sweep.path.glob(".*.parquet*"))


def test_lists_and_mixed_values_do_not_break_the_tables(tmp_path):
    search = {
        **DOCUMENT["space"]["search"],
        "mixed": {"choice": [1, "one"]},
        "milestones": {"choice": [[0.5], [0.3, 0.6]]},
    }
    sweep = write_sweep(tmp_path / "s", trials=6, space={**DOCUMENT["space"], "search": search})
    lines = []
    for number, line in enumerate(sweep.record_path.read_text().splitlines()):
        event = json.loads(line)
        if event["event"] == "trial_started":
            event["config"] |= {"mixed": [1, "one"][number % 2], "milestones": [[0.5], [0.3, 0.6]][number % 2]}
        lines.append(json.dumps(event))
    sweep.record_path.write_text("\n".join(lines) + "\n")
    write_report(sweep)
    assert set(pd.read_parquet(sweep.path / "trials.parquet")["milestones"]) <= {"[0.5]", "[0.3, 0.6]"}


def test_a_notebook_gets_frames_and_figures(tmp_path):
    write_sweep(tmp_path / "s", trials=30)
    sweep = reports.open(tmp_path / "s")
    assert len(sweep.trials) == 30
    assert {"trial", "epoch", "val_miou", "train_loss"} <= set(sweep.epochs.columns)
    assert sweep.best["value"] == sweep.trials["best"].max()
    assert sweep.best["command"].startswith("tune launch")
    for draw in ("learning_curves", "best_so_far", "importance", "knob_effects", "knob_pair", "parallel_coordinates"):
        assert getattr(sweep.figures, draw)().data
    for draw in ("rungs", "timeline", "class_iou"):
        assert getattr(sweep.figures, draw)()._repr_mimebundle_() is not None
    assert "30 trials" in repr(sweep)


def test_a_notebook_is_told_what_is_not_there(tmp_path):
    with pytest.raises(SweepError, match="no sweep here"):
        reports.open(tmp_path)
    write_sweep(tmp_path / "s", trials=2)
    with pytest.raises(SweepError, match="s has nothing to draw that from"):
        reports.open(tmp_path / "s").figures.confusion()
    write_sweep(tmp_path / "empty", trials=0)
    assert reports.open(tmp_path / "empty").best is None
    assert "no result yet" in repr(reports.open(tmp_path / "empty"))


def test_sweeps_side_by_side_say_why_they_may_not_compare(tmp_path):
    one = write_sweep(tmp_path / "one", trials=9)
    other = write_sweep(tmp_path / "other", trials=6, data={**DOCUMENT["data"], "fingerprint": "1"})
    text = write_comparison([one, other], tmp_path / "c.html").read_text()
    assert "different images" in text
    assert "is ahead" not in text
    assert text.count("plotly.js v") == 1
    same = write_comparison([one, write_sweep(tmp_path / "third", trials=30)], tmp_path / "d.html").read_text()
    assert "is ahead with val_miou" in same
    with pytest.raises(SweepError, match="2 to 6 different sweeps, got one"):
        write_comparison([one], tmp_path / "e.html")


@pytest.mark.slow
def test_a_report_becomes_a_document_and_a_picture(tmp_path, browser):
    from PIL import Image

    report = write_report(write_sweep(tmp_path / "s", trials=12))
    document = export(report, tmp_path / "r.pdf")
    assert document.read_bytes().startswith(b"%PDF")
    assert document.stat().st_size > 50_000
    with Image.open(export(report, tmp_path / "r.png")) as picture:
        assert picture.width == 1200
        assert picture.height > 4000
        ink = picture.convert("L").resize((60, 200)).getextrema()
        assert ink[0] < 200


def test_without_a_browser_an_export_says_what_it_needs(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SweepError, match="needs Chromium or Chrome"):
        export(tmp_path / "report.html", tmp_path / "r.pdf")


@pytest.mark.slow
def test_an_export_into_nowhere_is_refused(tmp_path, browser):
    with pytest.raises(SweepError, match="no such folder"):
        export(tmp_path / "report.html", tmp_path / "missing" / "r.pdf")


@pytest.mark.slow
def test_a_report_whose_writer_is_killed_leaves_the_old_one_whole(tmp_path):
    import subprocess
    import sys
    import time

    sweep = write_sweep(tmp_path / "s", trials=60)
    whole = write_report(sweep).read_bytes()
    script = (
        "import sys; from pathlib import Path; from reports.pages.report import write_report; "
        "from reports.records.folder import SweepFolder\n"
        "print('on', flush=True)\nwhile True: write_report(SweepFolder(Path(sys.argv[1])))"
    )
    for moment in (0.05, 0.2, 0.35, 0.5):
        writer = subprocess.Popen([sys.executable, "-c", script, str(sweep.path)], stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(moment)
        writer.kill()
        writer.communicate()
        assert sweep.report_path.read_bytes() == whole
        assert len(pd.read_parquet(sweep.path / "trials.parquet")) == 60
