"""Figures of how a search went: progress, rungs, time, trade-offs. Table in, plotly figure out."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reports.analysis.timeline import PHASES
from reports.figures.figures import BLUE, GREEN, GREY, ORANGE, RED, SKY, figure, styled
from search_spaces.schema import Objective

_PHASE_COLORS = dict(zip(PHASES, (GREY, SKY, BLUE, GREEN, ORANGE, "rgba(138,143,152,0.22)"), strict=True))
_MAX_BARS = 1500  # of a timeline; beyond, the totals of each slot are drawn


def best_so_far(progress: pd.DataFrame, objective: Objective) -> go.Figure:
    """The best value against the epochs trained by all slots together, and against the time."""
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
    drawn.update_xaxes(title_text="epochs trained", row=1, col=1)
    drawn.update_xaxes(title_text="minutes", row=1, col=2)
    drawn.update_yaxes(title_text=f"best {objective.metric} so far", row=1, col=1)
    return drawn.update_layout(height=360, showlegend=False)


def _steps(progress: pd.DataFrame) -> pd.DataFrame:
    """The rows at which the best changed, and the last: the same line with fewer points."""
    changed = progress["best"].ne(progress["best"].shift())
    changed.iloc[-1:] = True
    return progress[changed]


def rungs(table: pd.DataFrame, objective: Objective) -> go.Figure:
    """A panel a rung: trials in the order in which they came, what each reached, and the cut-off of those cut."""
    names = sorted(table["rung"].unique())
    titles = [f"epoch {rung}" for rung in names]
    drawn = styled(make_subplots(rows=1, cols=len(names), subplot_titles=titles, horizontal_spacing=0.1))
    for column, rung in enumerate(names, start=1):
        at_rung = table[table["rung"] == rung]
        for trace in _rung(at_rung, objective, in_legend=column == 1):
            drawn.add_trace(trace, row=1, col=column)
        drawn.update_xaxes(title_text="order of arrival", row=1, col=column)
    drawn.update_yaxes(title_text=f"best {objective.metric} until then", row=1, col=1)
    return drawn.update_layout(height=380, margin={"t": 70}, legend={"y": 1.12})


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


def timeline(table: pd.DataFrame) -> go.Figure:
    """What each slot did when: a bar a phase of an epoch; the totals of each slot where there are too many."""
    drawn = figure("minutes since the launch", "")
    whole = len(table) <= _MAX_BARS
    if not whole:
        drawn.update_xaxes(title_text="minutes, all together")
        totals = (
            table.assign(lasted=table["end"] - table["begin"])
            .groupby(["slot", "phase"], as_index=False)["lasted"]
            .sum()
        )
    slots = sorted(table["slot"].unique())
    for phase in PHASES:
        rows = (table if whole else totals).query("phase == @phase")
        lasted = rows["end"] - rows["begin"] if whole else rows["lasted"]
        drawn.add_trace(
            go.Bar(
                y=rows["slot"],
                x=lasted,
                base=rows["begin"] if whole else None,
                orientation="h",
                name=phase,
                customdata=lasted * 60,
                text=rows["trial"] if whole else None,
                textposition="none",
                marker={"color": _PHASE_COLORS[phase], "line": {"width": 0}},
                hovertemplate=phase
                + ", %{customdata:.1f} s"
                + (" (trial %{text})" if whole else "")
                + "<extra></extra>",
            )
        )
    drawn.update_yaxes(type="category", categoryorder="array", categoryarray=slots[::-1], automargin=True)
    height = 150 + 34 * len(slots)
    return drawn.update_layout(barmode="overlay" if whole else "stack", bargap=0.35, height=height)


def pareto(trials: pd.DataFrame, objectives: Sequence[Objective]) -> go.Figure:
    """Every trial by its two objectives; those that no other beats in both are joined."""
    one, other = objectives
    drawn = figure(other.metric, one.metric)
    front = trials[trials["front"] == 1].sort_values(other.metric)
    rest = trials[trials["front"] > 1]
    hover = f"trial %{{text}}<br>{one.metric} %{{y:.4f}}<br>{other.metric} %{{x:.4g}}<extra></extra>"
    looks = (
        (rest, "beaten in both by another", "markers", {"color": GREY, "size": 6, "symbol": "circle-open"}),
        (front, "Pareto front", "lines+markers", {"color": ORANGE, "size": 10, "symbol": "diamond"}),
    )
    for rows, name, mode, marker in looks:
        drawn.add_trace(
            go.Scatter(
                x=rows[other.metric],
                y=rows[one.metric],
                text=rows["trial"],
                mode=mode,
                name=name,
                line={"color": ORANGE, "dash": "dot", "width": 1.5},
                marker=marker,
                hovertemplate=hover,
            )
        )
    return drawn
