"""What each knob did: a panel a knob, with the means of its levels."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go
from pandas.api.typing import SeriesGroupBy
from plotly.subplots import make_subplots

from reports.analysis.formatting import in_a_word
from reports.analysis.hints import hints_sentence
from reports.analysis.knob_effects import KnobEffect
from reports.analysis.tables import MAX_POINTS, sampled
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, GREY, ORANGE, axis_of, styled
from reports.records.spec import SweepSpec
from search_spaces.parameters import Choice, Parameter

_COLUMNS = 3


def draw(
    table: pd.DataFrame, found: list[KnobEffect], spec: SweepSpec, epoch: int, early: pd.DataFrame | None = None
) -> go.Figure:
    """A panel for each knob: boxes with points where it is chosen from a list, a slice where it is a number; the means
    of its thirds with their 95 % intervals.

    Args:
        table: trial, value at the common epoch, and the knobs (compared.knob_table).
        found: the effect of each knob, in the order of the panels.
        epoch: the common epoch, from 1.
        early: the same at the first rung, for the effects that are compared there.
    """
    search = spec.space.search
    tables = {False: table, True: table if early is None else early}
    shown = [effect for effect in found if tables[effect.at_first_rung][effect.knob].notna().any()]
    rows = math.ceil(len(shown) / _COLUMNS)
    titles = [f"{effect.knob}{effect.where}" for effect in shown]
    drawn = styled(make_subplots(rows=rows, cols=_COLUMNS, subplot_titles=titles, shared_yaxes=True))
    for place, effect in enumerate(shown):
        row, column = place // _COLUMNS + 1, place % _COLUMNS + 1
        for trace in _panel(tables[effect.at_first_rung].dropna(subset=[effect.knob]), effect, search[effect.knob]):
            drawn.add_trace(trace, row=row, col=column)
        drawn.update_xaxes(**axis_of(search[effect.knob]), row=row, col=column)
        if isinstance(search[effect.knob], Choice):
            drawn.update_xaxes(type="category", row=row, col=column)
        if column == 1:
            drawn.update_yaxes(title_text=f"{spec.space.objective.metric}, epoch {epoch}", row=row, col=column)
    return drawn.update_layout(height=90 + 240 * rows, showlegend=False, margin={"t": 40})


def of_sweep(view: SweepView) -> go.Figure | None:
    if view.knob_trials is None:
        return None
    return draw(view.knob_trials, view.effects, view.spec, view.common_epoch, view.early_trials)


def says(view: SweepView) -> str | None:
    if view.knob_trials is None:
        return None
    said, trials = hints_sentence(view.effects), len(view.knob_trials)
    return f"{said} Each panel shows {MAX_POINTS} of {trials} trials as points." if trials > MAX_POINTS else said


def _panel(table: pd.DataFrame, effect: KnobEffect, parameter: Parameter) -> list[go.Box | go.Scatter]:
    knob, points = effect.knob, sampled(table)
    hover = f"trial %{{text}}<br>{knob} %{{x}}: %{{y:.4f}}<extra></extra>"
    look = {"mode": "markers", "hovertemplate": hover, "marker": {"color": BLUE, "size": 5, "opacity": 0.7}}
    if isinstance(parameter, Choice):
        box = _box(table["value"].groupby(table[knob].map(in_a_word), sort=False))
        cloud = go.Box(
            x=points[knob].map(in_a_word),
            y=points["value"],
            text=points["trial"],
            boxpoints="all",
            jitter=0.5,
            pointpos=0,
            line={"color": "rgba(0,0,0,0)"},
            fillcolor="rgba(0,0,0,0)",
            marker=look["marker"],
            hoveron="points",
            hovertemplate=hover,
        )
        return [box, cloud]
    means = go.Scatter(
        x=[level.place for level in effect.levels],
        y=[level.mean for level in effect.levels],
        error_y={"type": "data", "array": [level.half_width for level in effect.levels], "color": ORANGE},
        text=[
            f"{level.label}: {level.mean:z.4f} ± {level.half_width:z.4f} ({level.trials})" for level in effect.levels
        ],
        mode="lines+markers",
        line={"color": ORANGE, "width": 1.5},
        marker={"color": ORANGE, "size": 9, "symbol": "diamond"},
        hovertemplate="%{text}<extra></extra>",
    )
    return [go.Scatter(x=points[knob], y=points["value"], text=points["trial"], **look), means]


def _box(values: SeriesGroupBy[float, str]) -> go.Box:
    """The quartiles of all trials at each choice, not the trials themselves, which may be thousands."""
    low, middle, high = (values.quantile(share) for share in (0.25, 0.5, 0.75))
    reach = 1.5 * (high - low)
    return go.Box(
        x=list(middle.index),
        q1=low,
        median=middle,
        q3=high,
        lowerfence=[one[one >= low[word] - reach[word]].min() for word, one in values],
        upperfence=[one[one <= high[word] + reach[word]].max() for word, one in values],
        line={"color": GREY, "width": 1.5},
        fillcolor="rgba(0,0,0,0)",
        hoverinfo="skip",
    )


FIGURE = Figure(of_sweep, says)
