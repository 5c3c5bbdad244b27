"""Stopping what does not run: said with what can be done, and nothing else."""

from __future__ import annotations

import re

import pytest

from reports.records.errors import SweepError
from tests.reports.sweeps import write_sweep
from tune_jobs.progress import SilentProgress
from tune_jobs.stop import stop_sweep


def test_a_complete_sweep_has_nothing_to_stop_and_no_resume_is_advised(tmp_path):
    sweep = write_sweep(tmp_path / "s", trials=6)
    with pytest.raises(SweepError, match=re.escape("s is complete (6 trials); there is nothing to stop")):
        stop_sweep(sweep, SilentProgress())


def test_a_sweep_that_was_killed_is_gone_on_with_where_it_lies(tmp_path):
    sweep = write_sweep(tmp_path / "s", trials=6, ended=False)
    record = sweep.record_path.read_text().splitlines(keepends=True)
    sweep.record_path.write_text("".join(record[:-1]))
    advice = f"s is not running. Go on with: tune resume s --storage {tmp_path}"
    with pytest.raises(SweepError, match=re.escape(advice)):
        stop_sweep(sweep, SilentProgress())
