"""Training against validation: loss and metric of the best trials on both, and what the curves say."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reports.analysis.curve_shape import CurveShape
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, GREEN, GREY, ORANGE, styled, whole_numbers

_COLORS = (ORANGE, BLUE, GREEN)  # of the best trials, in their order
_DASHES = {"validation": "solid", "training": "dot"}


def draw(fits: pd.DataFrame, marked: int | None = None) -> go.Figure:
    """A panel a metric, the loss above: of each trial the validation curve solid, the training curve dotted.

    Args:
        fits: trial, metric, split, epoch and value (tables.fit_table), the best trial first.
        marked: an epoch that a line stands at.
    """
    panels = list(fits["metric"].unique())
    drawn = styled(make_subplots(rows=len(panels), cols=1, shared_xaxes=True, vertical_spacing=0.06))
    colors = dict(zip(fits["trial"].unique(), _COLORS, strict=False))
    for (trial, metric, split), curve in fits.groupby(["trial", "metric", "split"], sort=False):
        trace = go.Scatter(
            x=curve["epoch"],
            y=curve["value"],
            mode="lines+markers",
            name=f"{trial} {split}",
            legendgroup=f"{trial} {split}",
            showlegend=metric == panels[-1],
            line={"color": colors[str(trial)], "dash": _DASHES[str(split)], "width": 2.5},
            marker={"size": 4},
            hovertemplate=f"trial {trial}, {split}<br>epoch %{{x}}: %{{y:.4f}}<extra></extra>",
        )
        drawn.add_trace(trace, row=panels.index(metric) + 1, col=1)
    for row, metric in enumerate(panels, start=1):
        drawn.update_yaxes(title=metric, row=row, col=1)
    drawn.update_xaxes(**whole_numbers(0, fits["epoch"].max()))
    drawn.update_xaxes(title="epoch", row=len(panels), col=1)
    if marked is not None:
        drawn.add_vline(x=marked, line={"color": GREY, "dash": "dash", "width": 1})
    return drawn.update_layout(height=300 * len(panels))


def of_sweep(view: SweepView) -> go.Figure | None:
    return None if view.fits.empty else draw(view.fits)


def says(view: SweepView) -> str | None:
    return None if view.fits.empty else sentence(view.shapes)


def sentence(shapes: dict[str, CurveShape]) -> str:
    """What the curves of the best trials say, trial by trial."""
    said = "; ".join(f"trial {trial}: {shape.in_words()}" for trial, shape in shapes.items())
    return f"{said[0].upper()}{said[1:]}."


FIGURE = Figure(of_sweep, says)
