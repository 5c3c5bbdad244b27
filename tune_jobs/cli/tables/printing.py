"""What every table here is printed with."""

from __future__ import annotations

import json
from typing import Any

from rich.table import Table


def print_json(content: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(content, indent=1, default=str))


def table_of(*titles: str, padding: tuple[int, int] | tuple[int, int, int, int] = (0, 2, 0, 0)) -> Table:
    """A table without lines, its titles dim."""
    table = Table(box=None, padding=padding, header_style="dim")
    for title in titles:
        table.add_column(title)
    return table
