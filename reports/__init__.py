"""What people look at: the record of sweeps, tables, figures, pages. In a notebook: `reports.open("sweeps/camvid")`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.notebook import Sweep


def open(path: str | Path) -> Sweep:  # noqa: A001  # reads as `reports.open`
    """A sweep's tables and figures, for a notebook.

    Args:
        path: the sweep's folder, such as `sweeps/camvid`.

    Raises:
        SweepError: there is no sweep in that folder.
    """
    from reports.notebook import Sweep

    return Sweep(Path(path))
