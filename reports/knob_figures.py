"""Figures of what each knob did: table in, plotly figure out."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reports.figures import BLUE, GREY, figure, styled
from reports.summary import Objective

_COLUMNS = 3


def importance_bars(shares: dict[str, float]) -> go.Figure:
    """The share of each knob, largest on top."""
    drawn = figure("share of the importance (PED-ANOVA)", "")
    knobs = list(shares)[::-1]
    bars = go.Bar(x=[shares[knob] for knob in knobs], y=knobs, orientation="h", marker={"color": BLUE})
    drawn.add_trace(bars.update(hovertemplate="%{y}: %{x:.1%}<extra></extra>"))
    drawn.update_xaxes(tickformat=".0%", rangemode="tozero")
    drawn.update_yaxes(automargin=True)
    return drawn.update_layout(height=110 + 28 * len(knobs))


def effects(table: pd.DataFrame, asked: dict[str, Any], objective: Objective, epoch: int) -> go.Figure:
    """A panel for each knob: boxes with points where it is chosen from a list, a slice where it is a number."""
    search = asked["space"]["search"]
    knobs = [knob for knob in search if table[knob].notna().any()]
    rows = math.ceil(len(knobs) / _COLUMNS)
    drawn = styled(make_subplots(rows=rows, cols=_COLUMNS, subplot_titles=knobs, shared_yaxes=True))
    for place, knob in enumerate(knobs):
        known = table.dropna(subset=[knob])
        row, column = place // _COLUMNS + 1, place % _COLUMNS + 1
        drawn.add_trace(_panel(known, knob, search[knob]), row=row, col=column)
        if "log_uniform" in search[knob] or "log_int" in search[knob]:
            drawn.update_xaxes(type="log", row=row, col=column)
        if column == 1:
            drawn.update_yaxes(title_text=f"{objective.metric}, epoch {epoch}", row=row, col=column)
    return drawn.update_layout(height=90 + 240 * rows, showlegend=False, margin={"t": 40})


def _panel(table: pd.DataFrame, knob: str, parameter: dict[str, Any]) -> go.Box | go.Scatter:
    hover = f"trial %{{text}}<br>{knob} %{{x}}: %{{y:.4f}}<extra></extra>"
    if "choice" not in parameter:
        marker = {"color": BLUE, "size": 6, "opacity": 0.7}
        return go.Scatter(
            x=table[knob], y=table["value"], text=table["trial"], mode="markers", marker=marker, hovertemplate=hover
        )
    words = [str(value).lower() if isinstance(value, bool) else str(value) for value in table[knob]]
    return go.Box(
        x=words,
        y=table["value"],
        text=table["trial"],
        boxpoints="all",
        jitter=0.4,
        pointpos=0,
        marker={"color": BLUE, "size": 5, "opacity": 0.7},
        line={"color": GREY, "width": 1.5},
        fillcolor="rgba(0,0,0,0)",
        hovertemplate=hover,
    )
