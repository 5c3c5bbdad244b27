"""Training against validation: loss and metric of the best trials on both, where each was best and where it ended, and
what the curves say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reports.analysis.curve_shape import CurveShape
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, GREEN, GREY, ORANGE, styled, whole_numbers

_COLORS = (ORANGE, BLUE, GREEN)  # of the best trials, in their order
_EDGE = {"color": "white", "width": 1}  # of a mark, so that it stands out of its own curve
_DASHES = {"validation": "solid", "training": "dot"}


class Ends(NamedTuple):
    """Where a curve is marked."""

    best: int  # epoch
    last: int  # epoch
    how: str  # it ended, in words


def draw(fits: pd.DataFrame, marked: int | None = None, ends: Mapping[str, Ends] | None = None) -> go.Figure:
    """A panel a metric, the loss above: of each trial the validation curve solid, the training curve dotted.

    Args:
        fits: trial, metric, split, epoch and value (tables.fit_table), the best trial first.
        marked: an epoch that a line stands at.
        ends: of trials whose validation curves have a star at the best epoch and a cross at the last one.
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
        if split == "validation" and (found := (ends or {}).get(str(trial))):
            for mark in _marks(curve, str(trial), colors[str(trial)], found):
                drawn.add_trace(mark, row=panels.index(metric) + 1, col=1)
    for row, metric in enumerate(panels, start=1):
        drawn.update_yaxes(title=metric, row=row, col=1)
    drawn.update_xaxes(**whole_numbers(0, fits["epoch"].max()))
    drawn.update_xaxes(title="epoch", row=len(panels), col=1)
    if marked is not None:
        drawn.add_vline(x=marked, line={"color": GREY, "dash": "dash", "width": 1})
    return drawn.update_layout(height=300 * len(panels))


def of_sweep(view: SweepView) -> go.Figure | None:
    return None if view.fits.empty else draw(view.fits, ends=dict(_ends(view)))


def _ends(view: SweepView) -> Iterator[tuple[str, Ends]]:
    for trial in view.best_trials:
        best = trial.best(view.objective.metric, view.objective.mode)
        if best is not None:
            yield trial.trial, Ends(best[0], max(trial.epochs), trial.in_words)


def _marks(curve: pd.DataFrame, trial: str, color: str, ends: Ends) -> Iterator[go.Scatter]:
    """The star and the cross of one curve, as far as it has those epochs; they come and go with it."""
    values = dict(zip(curve["epoch"], curve["value"], strict=True))
    for epoch, symbol, word in ((ends.last, "x", f"last epoch ({ends.how})"), (ends.best, "star", "best epoch")):
        if epoch in values:
            yield go.Scatter(
                x=[epoch],
                y=[values[epoch]],
                mode="markers",
                name=f"{trial} {word}",
                legendgroup=f"{trial} validation",
                showlegend=False,
                marker={"symbol": symbol, "size": 15 if symbol == "star" else 9, "color": color, "line": _EDGE},
                hovertemplate=f"trial {trial}, {word}<br>epoch %{{x}}: %{{y:.4f}}<extra></extra>",
            )


def says(view: SweepView) -> str | None:
    return None if view.fits.empty else sentence(view.shapes)


def sentence(shapes: dict[str, CurveShape]) -> str:
    """What the curves of the best trials say, trial by trial."""
    said = "; ".join(f"trial {trial}: {shape.in_words()}" for trial, shape in shapes.items())
    return f"{said[0].upper()}{said[1:]}."


FIGURE = Figure(of_sweep, says)
