"""How important each knob was."""

from __future__ import annotations

import plotly.graph_objects as go

from reports.analysis.importance import MIN_TRIALS
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, figure
from search_spaces.schema import Objective


def draw(shares: dict[str, float]) -> go.Figure:
    """The share of each knob, largest on top.

    Args:
        shares: of each knob, adding up to 1, the largest first (analysis.importance).
    """
    drawn = figure("share of the importance (PED-ANOVA)", "")
    knobs = list(shares)[::-1]
    bars = go.Bar(x=[shares[knob] for knob in knobs], y=knobs, orientation="h", marker={"color": BLUE})
    drawn.add_trace(bars.update(hovertemplate="%{y}: %{x:.1%}<extra></extra>"))
    drawn.update_xaxes(tickformat=".0%", rangemode="tozero")
    drawn.update_yaxes(automargin=True)
    return drawn.update_layout(height=110 + 28 * len(knobs))


def of_sweep(view: SweepView) -> go.Figure | None:
    return draw(view.importance) if view.importance else None


def says(view: SweepView) -> str | None:
    """Where there are too few trials to draw, it says so."""
    return None if view.knob_trials is None else sentence(view.importance, view.objective, view.common_epoch)


def sentence(shares: dict[str, float], objective: Objective, epoch: int) -> str:
    """Which knob told good trials from poor ones."""
    compared = (
        f"Trials are compared by their best {objective.metric} up to epoch {epoch}, which all of them could reach."
    )
    if not shares:
        return f"{compared} Fewer than {MIN_TRIALS} got there: too few to rank the knobs."
    (first, share), *others = shares.items()
    said = f"{first} has {share:.0%} of the importance (Optuna's PED-ANOVA)"
    if others:
        said += f", {others[0][0]} {others[0][1]:.0%}"
    close = ": no knob stands out" if share < 1.5 / len(shares) else ""
    return f"{compared} {said}{close}. Knobs with a condition are not ranked among those that always count."


FIGURE = Figure(of_sweep, says)
