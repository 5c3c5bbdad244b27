"""The Pareto front of a sweep with two objectives."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from reports.analysis.formatting import number
from reports.analysis.tables import MAX_POINTS, sampled
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import GREY, ORANGE, figure
from reports.records.state import SweepState
from search_spaces.schema import Objective

_TIME = "seconds_per_image"


def draw(trials: pd.DataFrame, objectives: Sequence[Objective]) -> go.Figure:
    """Every trial by its two objectives; those that no other beats in both are joined.

    Args:
        trials: trial, both metrics and front, 1 for those that no other beats (tables.trade_offs_table).
        objectives: two, the first along the y axis.
    """
    one, other = objectives
    drawn = figure(other.metric, one.metric)
    front = trials[trials["front"] == 1].sort_values(other.metric)
    rest = sampled(trials[trials["front"] > 1])
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


def of_sweep(view: SweepView) -> go.Figure | None:
    return draw(view.trade_offs, view.objectives) if _has_two(view) else None


def says(view: SweepView) -> str | None:
    if not _has_two(view):
        return None
    said = trade_off_sentence(view.trade_offs, view.objectives, _at_a_time(view.state))
    beaten = int((view.trade_offs["front"] > 1).sum())
    return f"{said} Of {beaten} others {MAX_POINTS} are drawn." if beaten > MAX_POINTS else said


def _has_two(view: SweepView) -> bool:
    return view.worth is not None and len(view.objectives) > 1


def _at_a_time(state: SweepState) -> int:
    """How many trials ran beside each other."""
    return max((start.slots for start in state.starts), default=1)


def trade_off_sentence(table: pd.DataFrame, objectives: Sequence[Objective], at_a_time: int) -> str:
    """What the Pareto front spans, and how a time was measured."""
    return _front_sentence(table, objectives) + _how_timed(objectives, at_a_time)


def _how_timed(objectives: Sequence[Objective], at_a_time: int) -> str:
    if at_a_time < 2 or not any(objective.metric == _TIME for objective in objectives):
        return ""
    return (
        f" {_TIME} was measured while up to {at_a_time} trials shared the machine, so small differences in it say "
        "nothing: time the models that matter again, alone."
    )


def _front_sentence(table: pd.DataFrame, objectives: Sequence[Objective]) -> str:
    front = table[table["front"] == 1]
    one, other = objectives
    ends = front.sort_values(one.metric, ascending=one.mode == "min")
    best, cheap = ends.iloc[0], ends.iloc[-1]
    if len(front) == 1:
        return f"Trial {best['trial']} is best in {one.metric} and in {other.metric}."
    return (
        f"{len(front)} of {len(table)} trials are beaten by no other in both: from trial {best['trial']} "
        f"({one.metric} {number(best[one.metric])}, {other.metric} {number(best[other.metric])}) to trial "
        f"{cheap['trial']} ({number(cheap[one.metric])}, {number(cheap[other.metric])})."
    )


FIGURE = Figure(of_sweep, says)
