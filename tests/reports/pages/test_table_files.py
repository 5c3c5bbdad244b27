"""Tables beside the report."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from reports.pages.report import write_report
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
