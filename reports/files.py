"""A sweep's trials as files beside its report, for spreadsheets and notebooks."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd

from reports.sweep_folder import SweepFolder
from reports.tables import trials_table


def write_tables(folder: SweepFolder) -> None:
    """`trials.csv` and `trials.parquet`: one row a trial, as `reports.tables.trials_table` gives it; a reader sees the
    old file or the new one, never half of one."""
    table = trials_table(folder.state(), folder.asked())
    for knob in table.columns:
        if table[knob].map(lambda value: isinstance(value, list)).any():
            table[knob] = table[knob].map(lambda value: json.dumps(value) if isinstance(value, list) else value)
        elif table[knob].map(type).nunique() > 1 and table[knob].dtype == object:
            table[knob] = table[knob].map(lambda value: value if pd.isna(value) else str(value))
    write_beside(folder.path / "trials.csv", lambda path: table.to_csv(path, index=False))
    write_beside(folder.path / "trials.parquet", lambda path: table.to_parquet(path, index=False))


def write_beside(path: Path, write: object) -> None:
    """Write under another name, sync, rename."""
    assert callable(write)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(beside)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
