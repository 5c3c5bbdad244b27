"""Parallel coordinates: every trial as a line through its settings to its result."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from reports.analysis.formatting import in_a_word
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import POOR_TO_GOOD, styled
from reports.records.spec import SweepSpec
from search_spaces.parameters import Choice, Parameter
from search_spaces.schema import Objective

_NOT_IN_EFFECT = "not in effect"
_MAX_LINES, _BEST_LINES = 400, 100  # more would only be a band


def draw(trials: pd.DataFrame, spec: SweepSpec, objective: Objective) -> go.Figure:
    """Every trial as a line through its settings to its result; drag along an axis to keep some of them.

    Args:
        trials: best and the knobs of each trial (tables.trials_table); those without a best are left out, and of very
            many the best and an even part of the others are drawn.
    """
    rows = _drawn(trials.dropna(subset=["best"]), objective)
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


def of_sweep(view: SweepView) -> go.Figure | None:
    if view.worth is None or not view.spec.space.search:
        return None
    return draw(_shown(view), view.spec, view.objective)


def says(view: SweepView) -> str | None:
    """How many lines stand for how many trials."""
    if view.worth is None or not view.spec.space.search:
        return None
    lines = int(_shown(view)["best"].notna().sum())
    if lines <= _MAX_LINES:
        return "Each line is a trial."
    return f"Each line is a trial: the best {_BEST_LINES} of {lines}, and an even part of the others."


def _shown(view: SweepView) -> pd.DataFrame:
    return view.trials[~view.trials["outside"]]


def _drawn(rows: pd.DataFrame, objective: Objective) -> pd.DataFrame:
    if len(rows) <= _MAX_LINES:
        return rows
    ordered = rows.sort_values("best", ascending=objective.mode == "min", kind="stable")
    others = ordered.iloc[_BEST_LINES :: math.ceil((len(rows) - _BEST_LINES) / (_MAX_LINES - _BEST_LINES))]
    return pd.concat([ordered.iloc[:_BEST_LINES], others]).sort_index()


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
        ticks, texts = list(range(len(options))), [in_a_word(option) for option in options]
        foot, high = -1.0, float(len(options) - 1)
        low = 0.0
    if values.isna().any():
        places, ticks, texts, low = places.fillna(foot), [foot, *ticks], [_NOT_IN_EFFECT, *texts], foot
    pad = 0.05 * ((high - low) or 1.0)
    return {"label": knob, "values": places, "tickvals": ticks, "ticktext": texts, "range": [low - pad, high + pad]}


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _digits(value: float) -> str:
    return f"{value:.3g}"


FIGURE = Figure(of_sweep, says)
