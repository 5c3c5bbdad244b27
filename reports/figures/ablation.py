"""What each setting of an ablation is worth, with its interval."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from reports.analysis.ablation import AblationRow
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, GREY, RED, figure
from search_spaces.schema import Objective


def draw(rows: list[AblationRow], objective: Objective) -> go.Figure:
    """The worth of each setting with its 95 % interval; filled where the interval leaves 0 out.

    Args:
        rows: a variant each, in the order of the plan (analysis.ablation).
    """
    shown = [row for row in rows if row.worth is not None and math.isfinite(row.worth.low)]
    look = {"helps": (BLUE, "circle"), "hurts": (RED, "square"), "cannot tell": (GREY, "circle-open")}
    drawn = figure(f"difference in {objective.metric}", "")
    for verdict, (color, symbol) in look.items():
        of_verdict = [row for row in shown if row.verdict == verdict]
        worths = [row.worth for row in of_verdict if row.worth is not None]
        drawn.add_trace(
            go.Scatter(
                x=[worth.mean for worth in worths],
                y=[row.change for row in of_verdict],
                error_x={"type": "data", "array": [worth.high - worth.mean for worth in worths], "color": color},
                mode="markers",
                name=verdict,
                marker={"color": color, "symbol": symbol, "size": 11, "line": {"color": color, "width": 2}},
            )
        )
    drawn.add_vline(x=0, line={"color": GREY, "dash": "dot"})
    drawn.update_yaxes(automargin=True, categoryorder="array", categoryarray=[row.change for row in shown][::-1])
    return drawn.update_layout(height=160 + 36 * len(shown))


def of_sweep(view: SweepView) -> go.Figure | None:
    return draw(view.ablation, view.objective) if any(row.worth for row in view.ablation) else None


FIGURE = Figure(of_sweep)
