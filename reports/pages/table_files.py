"""A sweep's trials as files beside its report, for spreadsheets and notebooks."""

from __future__ import annotations

import io
import json

import pandas as pd

from reports.records.atomic_write import write_atomically
from reports.records.folder import TABLES, SweepFolder


def write_tables(folder: SweepFolder, table: pd.DataFrame) -> None:
    """`trials.csv` and `trials.parquet` of a sweep (tables.trials_table), whole or not at all."""
    for name in TABLES:
        write_atomically(folder.path / name, as_file(table, name))


def as_file(table: pd.DataFrame, name: str) -> bytes:
    """A table as the file of that name, CSV or Parquet by its ending."""
    table, file = _of_one_kind(table.copy()), io.BytesIO()
    if name.endswith(".csv"):
        table.to_csv(file, index=False)
    else:
        table.to_parquet(file, index=False)
    return file.getvalue()


def _of_one_kind(table: pd.DataFrame) -> pd.DataFrame:
    """Columns that a file can type: lists as JSON; values of several kinds as text."""
    for knob in table.columns:
        if table[knob].map(lambda value: isinstance(value, list)).any():
            table[knob] = table[knob].map(lambda value: json.dumps(value) if isinstance(value, list) else value)
        elif table[knob].dropna().map(type).nunique() > 1:
            table[knob] = table[knob].map(lambda value: value if pd.isna(value) else str(value))
    return table
