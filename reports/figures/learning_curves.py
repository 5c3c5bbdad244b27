"""One function a figure: table in, plotly figure out. Colours are Okabe and Ito's, safe for colour-blind readers."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from reports.analysis.ablation import AblationRow
from reports.records.spec import SweepSpec
from search_spaces.parameters import Choice, Parameter
from search_spaces.schema import Objective

BLUE, ORANGE, GREEN, RED, SKY, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#8a8f98"
_MAX_CURVES = 60  # beyond, the rest is drawn as one faint trace
_LOOK: dict[str, tuple[str, str, str]] = {  # colour, dash, word in the legend
    "completed": (BLUE, "solid", "completed"),
    "stopped_early": (GREEN, "dashdot", "stopped early"),
    "pruned": (GREY, "dot", "pruned (ends at x)"),
    "failed": (RED, "dash", "failed"),
    "diverged": (RED, "dash", "diverged"),
    "interrupted": (GREY, "longdash", "interrupted"),
    "running": (GREEN, "longdash", "running"),
}
POOR_TO_GOOD = [[0, "#9aa0a8"], [0.6, SKY], [1, ORANGE]]  # seen on light and on dark paper alike
_NOT_IN_EFFECT = "not in effect"


def learning_curves(curves: pd.DataFrame, objective: Objective, *, best: str | None, default: str | None) -> go.Figure:
    """The objective by epoch for each trial; the best and the default stand out, pruned trials end at an x."""
    drawn = figure("epoch", objective.metric)
    order = (
        curves.groupby("trial")["value"].max() if objective.mode == "max" else -curves.groupby("trial")["value"].min()
    )
    shown = set(order.sort_values(ascending=False).index[:_MAX_CURVES]) | {best, default}
    rest = curves[~curves["trial"].isin(shown)]
    if not rest.empty:
        drawn.add_trace(_faint(rest))
    named: set[str] = set()
    for trial, curve in curves[curves["trial"].isin(shown)].groupby("trial"):
        if trial in (best, default):
            continue
        state = str(curve["state"].iloc[0])
        drawn.add_trace(_curve(curve, str(trial), state, in_legend=state not in named))
        named.add(state)
    for marked, color, word in ((default, GREEN, "default"), (best, ORANGE, "best")):
        curve = curves[curves["trial"] == marked]
        if not curve.empty and not (word == "default" and marked == best):
            name = f"{word} (trial {marked})"
            line = {"color": color, "width": 3.5}
            drawn.add_trace(go.Scatter(x=curve["epoch"], y=curve["value"], mode="lines+markers", name=name, line=line))
    drawn.update_xaxes(dtick=1 if curves["epoch"].max() <= 20 else None)
    return drawn


def _curve(curve: pd.DataFrame, trial: str, state: str, *, in_legend: bool) -> go.Scatter:
    color, dash, word = _LOOK[state]
    ends_at_cross = state in ("pruned", "failed", "diverged")
    symbols = ["circle"] * (len(curve) - 1) + ["x" if ends_at_cross else "circle"]
    sizes = [3] * (len(curve) - 1) + [8 if ends_at_cross else 5]
    return go.Scatter(
        x=curve["epoch"],
        y=curve["value"],
        mode="lines+markers",
        name=word,
        legendgroup=state,
        showlegend=in_legend,
        opacity=0.75,
        line={"color": color, "dash": dash, "width": 1.5},
        marker={"symbol": symbols, "size": sizes, "color": color},
        hovertemplate=f"trial {trial}, {word}<br>epoch %{{x}}: %{{y:.4f}}<extra></extra>",
    )


def _faint(curves: pd.DataFrame) -> go.Scatter:
    """Many curves as one trace, a gap between each two."""
    x: list[Any] = []
    y: list[Any] = []
    for _, curve in curves.groupby("trial"):
        x += [*curve["epoch"], None]
        y += [*curve["value"], None]
    name = f"{curves['trial'].nunique()} weaker trials"
    return go.Scatter(x=x, y=y, mode="lines", name=name, line={"color": GREY, "width": 0.5}, opacity=0.35)


def parallel_coordinates(trials: pd.DataFrame, spec: SweepSpec, objective: Objective) -> go.Figure:
    """Every trial as a line through its settings to its result; drag along an axis to keep some of them."""
    rows = trials.dropna(subset=["best"])
    dimensions = [_dimension(knob, rows[knob], kind) for knob, kind in spec.space.search.items()]
    low, high = float(rows["best"].min()), float(rows["best"].max())
    margin = (high - low) * 0.02 or abs(high) * 0.01 or 1e-3
    result = {"label": objective.metric, "values": rows["best"], "range": [low - margin, high + margin]}
    drawn = go.Figure(
        go.Parcoords(
            dimensions=[*(one for one in dimensions if one is not None), result],
            line={
                "color": rows["best"],
                "colorscale": POOR_TO_GOOD,
                "reversescale": objective.mode == "min",
                "showscale": False,
            },
            labelangle=-20,
            labelfont={"size": 12},
            tickfont={"size": 10},
        )
    )
    return styled(drawn).update_layout(margin={"l": 70, "r": 50, "t": 75, "b": 25}, height=400)


def _dimension(knob: str, values: pd.Series, parameter: Parameter) -> dict[str, Any] | None:
    """One axis; a knob not in effect has a place of its own at the axis's foot."""
    if values.isna().all():
        return None
    if not isinstance(parameter, Choice):
        logarithmic = parameter.is_logarithmic
        places = values.map(lambda value: math.log10(value) if logarithmic else float(value), na_action="ignore")
        low, high = float(places.min()), float(places.max())
        spread = (high - low) or 1.0
        whole = parameter.is_whole
        middle = round((low + high) / 2) if whole else (low + high) / 2
        ticks = sorted({low, middle, high})
        texts = [_digits(10**tick if logarithmic else tick) for tick in ticks]
        foot = low - 0.2 * spread
    else:
        options = [option for option in parameter.choice if any(_same(option, value) for value in values.dropna())]
        places = values.map(lambda value: next(i for i, o in enumerate(options) if _same(o, value)), na_action="ignore")
        ticks, texts = list(range(len(options))), [_word(option) for option in options]
        foot, high = -1.0, float(len(options) - 1)
        low = 0.0
    if values.isna().any():
        places, ticks, texts, low = places.fillna(foot), [foot, *ticks], [_NOT_IN_EFFECT, *texts], foot
    pad = 0.05 * ((high - low) or 1.0)
    return {"label": knob, "values": places, "tickvals": ticks, "ticktext": texts, "range": [low - pad, high + pad]}


def class_iou(best: pd.DataFrame, default: pd.DataFrame, colors: dict[str, str]) -> go.Figure:
    """IoU of each class in the best trial, in the class's own colour, and a mark where the default was."""
    drawn = figure("IoU on the validation images", "")
    names = best.sort_values("iou")["name"]
    of_best, of_default = (table.set_index("name")["iou"].reindex(names) for table in (best, default))
    drawn.add_trace(
        go.Bar(
            x=of_best,
            y=of_best.index,
            orientation="h",
            name="best",
            marker={"color": [colors.get(name, GREY) for name in names], "line": {"color": GREY, "width": 1}},
            hovertemplate="best %{x:.3f}<extra></extra>",
        )
    )
    drawn.add_trace(
        go.Scatter(
            x=of_default,
            y=of_default.index,
            mode="markers",
            name="default",
            marker={"symbol": "line-ns-open", "size": 18, "color": RED, "line": {"width": 3}},
            hovertemplate="default %{x:.3f}<extra></extra>",
        )
    )
    drawn.update_layout(height=120 + 26 * len(names), bargap=0.35)
    drawn.update_yaxes(automargin=True)
    return drawn


def ablation(rows: list[AblationRow], objective: Objective) -> go.Figure:
    """The worth of each setting with its 95 % interval; filled where the interval leaves 0 out."""
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


def confusion(matrix: list[list[int]], classes: list[str]) -> go.Figure:
    """Truth by row, prediction by column, as shares of each row."""
    shares = [[count / max(1, sum(row)) for count in row] for row in matrix]
    drawn = figure("predicted", "truth")
    drawn.add_trace(
        go.Heatmap(
            z=shares,
            x=classes,
            y=classes,
            customdata=matrix,
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


def figure(x: str, y: str) -> go.Figure:
    """An empty figure with the names of its axes."""
    return styled(go.Figure()).update_layout(xaxis_title=x, yaxis_title=y, height=420)


def styled(drawn: go.Figure) -> go.Figure:
    """Transparent, so that the page's light or dark shows through; the page sets the colour of text and grid."""
    return drawn.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 13},
        margin={"l": 70, "r": 20, "t": 20, "b": 55},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="closest",
    )


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _digits(value: float) -> str:
    return f"{value:.3g}"
