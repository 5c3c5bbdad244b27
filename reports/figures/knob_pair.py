"""Figures of what each knob did: table in, plotly figure out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from scipy.interpolate import griddata

from reports.analysis.knob_effects import KnobEffect, in_a_word
from reports.figures.figures import BLUE, GREY, ORANGE, POOR_TO_GOOD, figure, styled
from reports.records.spec import SweepSpec
from search_spaces.parameters import Choice, Parameter

_LOGARITHMIC = {"type": "log", "dtick": 1, "exponentformat": "power"}
_COLUMNS = 3
MAX_POINTS = 400  # in a panel; more would only be a cloud
_GRID = 40  # points along each side of a contour
_MIN_FOR_A_CONTOUR = 12


def importance_bars(shares: dict[str, float]) -> go.Figure:
    """The share of each knob, largest on top."""
    drawn = figure("share of the importance (PED-ANOVA)", "")
    knobs = list(shares)[::-1]
    bars = go.Bar(x=[shares[knob] for knob in knobs], y=knobs, orientation="h", marker={"color": BLUE})
    drawn.add_trace(bars.update(hovertemplate="%{y}: %{x:.1%}<extra></extra>"))
    drawn.update_xaxes(tickformat=".0%", rangemode="tozero")
    drawn.update_yaxes(automargin=True)
    return drawn.update_layout(height=110 + 28 * len(knobs))


def effects(table: pd.DataFrame, found: list[KnobEffect], spec: SweepSpec, epoch: int) -> go.Figure:
    """A panel for each knob: boxes with points where it is chosen from a list, a slice where it is a number; the means
    of its thirds with their 95 % intervals."""
    search = spec.space.search
    shown = [effect for effect in found if table[effect.knob].notna().any()]
    rows = math.ceil(len(shown) / _COLUMNS)
    titles = [effect.knob for effect in shown]
    drawn = styled(make_subplots(rows=rows, cols=_COLUMNS, subplot_titles=titles, shared_yaxes=True))
    for place, effect in enumerate(shown):
        row, column = place // _COLUMNS + 1, place % _COLUMNS + 1
        for trace in _panel(table.dropna(subset=[effect.knob]), effect, search[effect.knob]):
            drawn.add_trace(trace, row=row, col=column)
        if search[effect.knob].is_logarithmic:
            drawn.update_xaxes(**_LOGARITHMIC, row=row, col=column)
        if isinstance(search[effect.knob], Choice):
            drawn.update_xaxes(type="category", row=row, col=column)
        if column == 1:
            drawn.update_yaxes(title_text=f"{spec.space.objective.metric}, epoch {epoch}", row=row, col=column)
    return drawn.update_layout(height=90 + 240 * rows, showlegend=False, margin={"t": 40})


def _panel(table: pd.DataFrame, effect: KnobEffect, parameter: Parameter) -> list[go.Box | go.Scatter]:
    knob, points = effect.knob, sampled(table)
    hover = f"trial %{{text}}<br>{knob} %{{x}}: %{{y:.4f}}<extra></extra>"
    look = {"mode": "markers", "hovertemplate": hover, "marker": {"color": BLUE, "size": 5, "opacity": 0.7}}
    if isinstance(parameter, Choice):
        box = go.Box(
            x=table[knob].map(in_a_word),
            y=table["value"],
            boxpoints=False,
            line={"color": GREY, "width": 1.5},
            fillcolor="rgba(0,0,0,0)",
            hoverinfo="skip",
        )
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
        text=[f"{level.label}: {level.mean:.4f} ± {level.half_width:.4f} ({level.trials})" for level in effect.levels],
        mode="lines+markers",
        line={"color": ORANGE, "width": 1.5},
        marker={"color": ORANGE, "size": 9, "symbol": "diamond"},
        hovertemplate="%{text}<extra></extra>",
    )
    return [go.Scatter(x=points[knob], y=points["value"], text=points["trial"], **look), means]


def sampled(table: pd.DataFrame) -> pd.DataFrame:
    """At most so many rows as can be told apart, the same ones each time."""
    return table if len(table) <= MAX_POINTS else table.sample(MAX_POINTS, random_state=0).sort_index()


def pair(table: pd.DataFrame, one: str, other: str, spec: SweepSpec) -> go.Figure:
    """The objective over two knobs: contours with the trials on them where both are ranges, else a mean a cell."""
    search, metric = spec.space.search, spec.space.objective.metric
    drawn = figure(one, other)
    if isinstance(search[one], Choice) or isinstance(search[other], Choice):
        drawn.add_trace(_cells(table, one, other, spec))
    else:
        drawn.add_traces(_contour(table, one, other, spec))
        for axis, knob in (("xaxis", one), ("yaxis", other)):
            if search[knob].is_logarithmic:
                drawn.update_layout({axis: _LOGARITHMIC})
    drawn.update_traces(selector={"type": "heatmap"}, colorbar_title=metric)
    drawn.update_yaxes(automargin=True, title_standoff=12)
    return drawn.update_layout(height=400, showlegend=False)


def _cells(table: pd.DataFrame, one: str, other: str, spec: SweepSpec) -> go.Heatmap:
    (x, columns), (y, rows) = (_level_labels(table[knob], spec.space.search[knob]) for knob in (one, other))
    by_cell = table.assign(x=x, y=y).groupby(["y", "x"])["value"].agg(["mean", "size"])
    mean, size = (by_cell[column].unstack() for column in ("mean", "size"))
    mean, size = (part.reindex(index=rows, columns=columns) for part in (mean, size))
    texts = [
        ["" if math.isnan(m) else f"{m:.3f}<br>{n:.0f} trial{'s' if n > 1 else ''}" for m, n in zip(*row, strict=True)]
        for row in zip(mean.to_numpy(), size.to_numpy(), strict=True)
    ]
    return go.Heatmap(
        z=mean.to_numpy(),
        x=columns,
        y=rows,
        text=texts,
        texttemplate="%{text}",
        textfont={"color": "#101418"},
        colorscale=POOR_TO_GOOD,
        reversescale=spec.space.objective.mode == "min",
        xgap=2,
        ygap=2,
        hovertemplate=f"{one} %{{x}}, {other} %{{y}}: %{{z:.4f}}<extra></extra>",
    )


def _level_labels(values: pd.Series, parameter: Parameter) -> tuple[pd.Series, list[str]]:
    """The choices as they are, or thirds of a range; and the order of those that occur."""
    if isinstance(parameter, Choice):
        words = values.map(in_a_word)
        wanted = [in_a_word(option) for option in parameter.choice]
        return words, [word for word in wanted if (words == word).any()]
    thirds = ((values.rank(method="first") - 1) * 3 // len(values)).astype(int)
    labels = {third: f"{part.min():.3g} to {part.max():.3g}" for third, part in values.groupby(thirds)}
    return thirds.map(labels), list(dict.fromkeys(labels.values()))


def _contour(table: pd.DataFrame, one: str, other: str, spec: SweepSpec) -> list[Any]:
    """Between the trials alone: nothing is drawn where nothing was tried."""
    search, metric = spec.space.search, spec.space.objective.metric
    scale = {"colorscale": POOR_TO_GOOD, "reversescale": spec.space.objective.mode == "min"}
    points = sampled(table)
    trials = go.Scatter(
        x=points[one],
        y=points[other],
        text=points["trial"],
        customdata=points["value"],
        mode="markers",
        marker={"size": 8, "color": points["value"], "line": {"color": GREY, "width": 1}, **scale},
        hovertemplate=f"trial %{{text}}<br>{metric} %{{customdata:.4f}}<extra></extra>",
    )
    if len(table) < _MIN_FOR_A_CONTOUR or table[one].nunique() < 3 or table[other].nunique() < 3:
        return [trials]
    ends = [_scaled(table[knob], search[knob]) for knob in (one, other)]
    unit = [(values - values.min()) / (values.max() - values.min()) for values in ends]
    side = np.linspace(0, 1, _GRID)
    heights = griddata(np.column_stack(unit), table["value"].to_numpy(), tuple(np.meshgrid(side, side)), "linear")
    axes = [
        _unscaled(values.min() + side * (values.max() - values.min()), search[knob])
        for values, knob in zip(ends, (one, other), strict=True)
    ]
    lines = {"coloring": "heatmap", "showlabels": True}
    return [
        go.Contour(x=axes[0], y=axes[1], z=heights, contours=lines, hoverinfo="skip", line_width=0.5, **scale),
        trials,
    ]


def _scaled(values: pd.Series, parameter: Parameter) -> Any:
    return np.log10(values.to_numpy(float)) if parameter.is_logarithmic else values.to_numpy(float)


def _unscaled(values: Any, parameter: Parameter) -> Any:
    return 10**values if parameter.is_logarithmic else values
