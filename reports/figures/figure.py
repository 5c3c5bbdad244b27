"""What a figure is: how a sweep is drawn, and what the picture says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import plotly.graph_objects as go

from reports.analysis.view import SweepView


def _silent(view: SweepView) -> str | None:
    return None


@dataclass(frozen=True)
class Figure:
    """One kind of figure; its name is its key in the table (`FIGURES` in the package)."""

    draw: Callable[[SweepView], go.Figure | None]  # gives None where the sweep has nothing to draw it from
    says: Callable[[SweepView], str | None] = _silent  # tells in plain text what the same table shows
