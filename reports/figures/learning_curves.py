"""Learning curves: the objective of every trial, epoch by epoch."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, GREEN, GREY, ORANGE, RED, figure, whole_numbers
from reports.records.state import SweepState
from search_spaces.schema import Objective

_MAX_CURVES = 60  # where there are more, the rest is drawn as one faint trace
_MAX_FAINT = 300  # curves in it; more would only be a cloud, and megabytes
_LOOK: dict[str, tuple[str, str, str]] = {  # colour, dash, word in the legend
    "completed": (BLUE, "solid", "completed"),
    "stopped_early": (GREEN, "dashdot", "stopped early"),
    "pruned": (GREY, "dot", "pruned (ends at x)"),
    "failed": (RED, "dash", "failed"),
    "diverged": (RED, "dash", "diverged"),
    "interrupted": (GREY, "longdash", "interrupted"),
    "running": (GREEN, "longdash", "running"),
}


def draw(curves: pd.DataFrame, objective: Objective, *, best: str | None, default: str | None) -> go.Figure:
    """The objective by epoch for each trial; the best and the default stand out, pruned trials end at an x.

    Args:
        curves: trial, state, epoch and value (tables.curves_table).
        best: trial that stands out in orange.
        default: trial that stands out in green.
    """
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
    return drawn.update_xaxes(**whole_numbers(0, curves["epoch"].max()))


def of_sweep(view: SweepView) -> go.Figure | None:
    if view.worth is None:
        return None
    if not view.spec.is_search:
        return draw(view.curves, view.objective, best=None, default=None)
    default = view.state.default
    return draw(view.curves, view.objective, best=view.worth.best.trial, default=default.trial if default else None)


def says(view: SweepView) -> str | None:
    return None if view.worth is None else sentence(view.state)


def sentence(state: SweepState) -> str:
    """How the trials ended."""
    words = {"completed": "ran to their end", "stopped_early": "stopped early", "pruned": "were pruned"}
    words |= {"failed": "failed", "diverged": "diverged", "interrupted": "were interrupted"}
    words |= {"infeasible": "were not trained, for a constraint"}
    reasons = [trial.reason for trial in state.trials.values()]
    counts = [f"{reasons.count(reason)} {word}" for reason, word in words.items() if reason in reasons]
    running = reasons.count(None)
    return ", ".join(counts + ([f"{running} are running"] if running else [])) + "."


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
    """Many curves as one trace, a gap between each two; every so many of them where they are more than can be told
    apart."""
    trials = curves["trial"].unique()
    drawn = trials[:: math.ceil(len(trials) / _MAX_FAINT)]
    x: list[Any] = []
    y: list[Any] = []
    for _, curve in curves[curves["trial"].isin(drawn)].groupby("trial"):
        x += [*curve["epoch"], None]
        y += [*(float(f"{value:.5g}") for value in curve["value"]), None]
    name = f"{len(trials)} weaker trials" + (f", {len(drawn)} drawn" if len(drawn) < len(trials) else "")
    return go.Scatter(x=x, y=y, mode="lines", name=name, line={"color": GREY, "width": 0.5}, opacity=0.35)


FIGURE = Figure(of_sweep, says)
