"""The best value so far: how quickly a search found it, in epochs and in minutes."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reports.analysis.formatting import percent
from reports.analysis.grid import grid_size
from reports.analysis.summary import Savings
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, styled, whole_numbers
from reports.records.spec import SweepSpec
from search_spaces.schema import Objective


def draw(progress: pd.DataFrame, objective: Objective) -> go.Figure:
    """The best value against the epochs trained by all slots together, and against the time.

    Args:
        progress: epochs_trained, minutes since the launch, trial and best (tables.progress_table).
    """
    drawn = styled(make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.04))
    steps = _steps(progress)
    for column, x in ((1, "epochs_trained"), (2, "minutes")):
        line = go.Scatter(
            x=steps[x],
            y=steps["best"],
            mode="lines",
            line={"shape": "hv", "color": BLUE, "width": 2.5},
            customdata=steps[["trial", "minutes", "epochs_trained"]],
            hovertemplate="%{y:.4f} by trial %{customdata[0]}<br>"
            "after %{customdata[2]} epochs, %{customdata[1]:.1f} min<extra></extra>",
        )
        drawn.add_trace(line, row=1, col=column)
    whole = whole_numbers(0, steps["epochs_trained"].max())
    drawn.update_xaxes(title_text="epochs trained", **whole, row=1, col=1)
    drawn.update_xaxes(title_text="minutes", row=1, col=2)
    drawn.update_yaxes(title_text=f"best {objective.metric} so far", row=1, col=1)
    return drawn.update_layout(height=360, showlegend=False)


def of_sweep(view: SweepView) -> go.Figure | None:
    """None for a confirmation, which looks for nothing better."""
    return None if view.worth is None or view.spec.confirmation else draw(view.progress, view.objective)


def says(view: SweepView) -> str | None:
    return None if view.worth is None else sentence(view.progress, view.savings, view.spec)


def sentence(progress: pd.DataFrame, saved: Savings, spec: SweepSpec) -> str:
    """When the best was found, and what a full grid would have cost."""
    trained, best = len(progress), progress["best"]
    found = progress[best == best.iloc[-1]].iloc[0]
    after = int(found["epochs_trained"])
    said = f"The best value came after {after} of {saved.trained_epochs} epochs ({found['minutes']:.1f} min)"
    if after > 0.9 * trained and trained > 20:
        said += ", near the end: more trials may find more"
    size = grid_size(spec.space)
    if size is None:
        return f"{said}."
    epochs = size * spec.space.budget.max_epochs
    share = saved.trained_epochs / epochs
    if share > 1:
        return f"{said}. That is finer than a grid with three values of each range, which has {epochs:,} epochs."
    return (
        f"{said}. A full grid, with three values of each range, has {size:,} configurations and {epochs:,} epochs; "
        f"this search trained {saved.trained_epochs:,}, {percent(share)} of that."
    )


def _steps(progress: pd.DataFrame) -> pd.DataFrame:
    """The rows at which the best changed, and the last: the same line with fewer points."""
    changed = progress["best"].ne(progress["best"].shift())
    changed.iloc[-1:] = True
    return progress[changed]


FIGURE = Figure(of_sweep, says)
