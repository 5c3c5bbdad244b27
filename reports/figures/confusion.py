"""The confusion matrix of the best trial of a classification."""

from __future__ import annotations

import plotly.graph_objects as go

from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, figure

_MOST_WRITTEN = 30  # classes; the cells of more are smaller than their numbers


def draw(matrix: list[list[int]], classes: list[str]) -> go.Figure:
    """Truth by row, prediction by column, coloured by the share of each row; the counts stand in the cells, as far as
    they are legible.

    Args:
        matrix: counts of images or pixels, shape [true classes, predicted classes].
        classes: their names in that order.
    """
    shares = [[count / max(1, sum(row)) for count in row] for row in matrix]
    written = len(classes) <= _MOST_WRITTEN
    drawn = figure("predicted", "truth")
    drawn.add_trace(
        go.Heatmap(
            z=shares,
            x=classes,
            y=classes,
            customdata=matrix,
            text=[[str(count) if count else "" for count in row] for row in matrix] if written else None,
            texttemplate="%{text}" if written else None,
            zmin=0,
            zmax=1,
            colorscale=[[0, "rgba(0,114,178,0)"], [1, BLUE]],
            showscale=False,
            hovertemplate="%{y} taken for %{x}: %{customdata} (%{z:.0%})<extra></extra>",
        )
    )
    drawn.update_layout(height=max(320, 120 + 24 * len(classes)))
    drawn.update_yaxes(autorange="reversed", automargin=True, title_standoff=14)
    drawn.update_xaxes(automargin=True, title_standoff=14)
    return drawn


def of_sweep(view: SweepView) -> go.Figure | None:
    """As it was counted when the pictures of the gallery were drawn."""
    gallery = view.gallery
    return draw(gallery["confusion"], gallery["classes"]) if gallery and "confusion" in gallery else None


FIGURE = Figure(of_sweep)
