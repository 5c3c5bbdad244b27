"""The rungs of successive halving: who was cut where, and whether rightly."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reports.analysis.rungs import Doubt
from reports.analysis.summary import Savings
from reports.analysis.tables import MAX_POINTS, sampled
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, GREY, RED, styled, whole_numbers
from search_spaces.schema import Objective


def draw(table: pd.DataFrame, objective: Objective) -> go.Figure:
    """A panel a rung: trials in the order in which they came, what each reached, and the cut-off of those cut.

    Args:
        table: rung in epochs, order of arrival, trial, value, cut and cutoff (analysis.rungs).
    """
    names = sorted(table["rung"].unique())
    titles = [f"epoch {rung}" for rung in names]
    drawn = styled(make_subplots(rows=1, cols=len(names), subplot_titles=titles, horizontal_spacing=0.1))
    for column, rung in enumerate(names, start=1):
        at_rung = sampled(table[table["rung"] == rung])
        for trace in _rung(at_rung, objective, in_legend=column == 1):
            drawn.add_trace(trace, row=1, col=column)
        whole = whole_numbers(0, at_rung["order"].max())
        drawn.update_xaxes(title_text="order of arrival", **whole, row=1, col=column)
    drawn.update_yaxes(title_text=f"best {objective.metric} until then", row=1, col=1)
    return drawn.update_layout(height=380, margin={"t": 70}, legend={"y": 1.12})


def of_sweep(view: SweepView) -> go.Figure | None:
    return draw(view.rungs, view.objective) if _was_pruned(view) else None


def says(view: SweepView) -> str | None:
    if not _was_pruned(view):
        return None
    said, most = sentence(view.savings, view.doubt), int(view.rungs["rung"].value_counts().max())
    return f"{said} Each panel shows {MAX_POINTS} trials at most." if most > MAX_POINTS else said


def _was_pruned(view: SweepView) -> bool:
    """By one objective; cuts by Pareto fronts have no value that an axis could hold."""
    return view.worth is not None and len(view.objectives) == 1 and view.savings.pruned > 0


def sentence(saved: Savings, doubt: Doubt | None) -> str:
    """What pruning saved, and whether it may have cost the best trial."""
    said = (
        f"Pruning {saved.pruned} trials saved {saved.full_epochs - saved.trained_epochs} of {saved.full_epochs} epochs."
    )
    if doubt is None:
        return f"{said} Nobody ran on to compare those with."
    if doubt.likeliest is None:
        likely = f"Had each gained as any of the {doubt.kept} trials that ran on, none of them would have won"
    else:
        likely = (
            f"Had each gained as the {doubt.kept} trials that ran on did, {doubt.expected:.1f} of the {doubt.cut} "
            f"would have won, most likely trial {doubt.likeliest} ({doubt.chance:.0%})"
        )
    return f"{said} {likely}. Trials that begin slowly gain more: {_bound(doubt)}"


def _bound(doubt: Doubt) -> str:
    """What can be known of those."""
    if doubt.most is None:
        count = "none" if doubt.let_through == 0 else f"only {doubt.let_through}"
        return (
            "how many of them were cut cannot be known from this sweep, as "
            f"{count} that did no better at a rung than some that were cut ran on."
        )
    won = "one of them" if doubt.won else "none of them"
    return (
        f"of {doubt.let_through} that did no better at a rung than some that were cut and yet ran on, {won} won, so "
        f"that at most {doubt.most:.1f} of the cut ones would have (95 % sure)."
    )


def _rung(table: pd.DataFrame, objective: Objective, *, in_legend: bool) -> list[go.Scatter]:
    passed, cut = table[~table["cut"]], table[table["cut"]]
    hover = f"trial %{{text}}: {objective.metric} %{{y:.4f}}"
    traces = [
        go.Scatter(
            x=cut["order"],
            y=cut["cutoff"],
            text=cut["trial"],
            mode="markers",
            name="cut-off that it missed",
            marker={"color": RED, "symbol": "line-ew-open", "size": 11, "line": {"width": 2}},
            hovertemplate="cut-off for trial %{text}: %{y:.4f}<extra></extra>",
        ),
        go.Scatter(
            x=cut["order"],
            y=cut["value"],
            text=cut["trial"],
            mode="markers",
            name="cut",
            marker={"color": GREY, "symbol": "x", "size": 7},
            hovertemplate=hover + ", cut<extra></extra>",
        ),
        go.Scatter(
            x=passed["order"],
            y=passed["value"],
            text=passed["trial"],
            mode="markers",
            name="went on",
            marker={"color": BLUE, "symbol": "circle", "size": 8},
            hovertemplate=hover + ", went on<extra></extra>",
        ),
    ]
    return [trace.update(showlegend=in_legend, legendgroup=trace.name) for trace in traces]


FIGURE = Figure(of_sweep, says)
