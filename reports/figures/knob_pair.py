"""The objective over two knobs: those that act together most surely."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from reports.analysis.formatting import in_a_word
from reports.analysis.knob_effects import Interaction
from reports.analysis.tables import sampled
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import GREY, POOR_TO_GOOD, axis_of, figure
from reports.records.spec import SweepSpec
from search_spaces.parameters import Choice, Parameter

_GRID = 40  # a contour is computed at so many points along each side
_MIN_FOR_A_CONTOUR = 12  # fewer trials are drawn as points alone


def draw(table: pd.DataFrame, one: str, other: str, spec: SweepSpec) -> go.Figure:
    """The objective over two knobs: contours with the trials on them where both are ranges, else a mean a cell.

    Args:
        table: trial, value and the knobs (compared.knob_table).
        one: knob along the x axis.
        other: knob along the y axis.
    """
    search, metric = spec.space.search, spec.space.objective.metric
    drawn = figure(one, other)
    if isinstance(search[one], Choice) or isinstance(search[other], Choice):
        drawn.add_trace(_cells(table, one, other, spec))
        drawn.update_xaxes(type="category").update_yaxes(type="category")  # Plotly takes "4" for a number
    else:
        drawn.add_traces(_contour(table, one, other, spec))
        for axis, knob in (("xaxis", one), ("yaxis", other)):
            drawn.update_layout({axis: axis_of(search[knob])})
    drawn.update_traces(selector={"type": "heatmap"}, colorbar_title=metric)
    drawn.update_yaxes(automargin=True, title_standoff=12)
    return drawn.update_layout(height=400, showlegend=False)


def of_sweep(view: SweepView) -> go.Figure | None:
    pair = _pair(view)
    return None if pair is None or view.knob_trials is None else draw(view.knob_trials, *pair, view.spec)


def says(view: SweepView) -> str | None:
    pair = _pair(view)
    return None if pair is None else sentence(view.interactions, *pair)


def _pair(view: SweepView) -> tuple[str, str] | None:
    """The two knobs that act together most surely; the two most important ones where none can be tested."""
    if view.interactions:
        return view.interactions[0].one, view.interactions[0].other
    ranked = list(view.importance)
    return (ranked[0], ranked[1]) if len(ranked) > 1 else None


def sentence(found: list[Interaction], one: str, other: str) -> str:
    """Whether any two knobs seem to act together."""
    if not found:
        return f"Too few trials to tell whether knobs act together; {one} and {other} are drawn for a look."
    sure = [pair for pair in found if pair.hinted]
    if not sure:
        return (
            f"Of {len(found)} pairs none acts together beyond chance (F test, Holm's correction; the nearest is {one} "
            f"with {other}, p = {found[0].p:.2g}), as far as so many trials can show."
        )
    pairs = "; ".join(f"{pair.one} with {pair.other} (p = {pair.p:.2g})" for pair in sure[:3])
    return (
        f"Hints that what one is worth depends on the other, all knobs being equal but these: {pairs} (F test, Holm's "
        f"correction for {len(found)} pairs)."
    )


def _cells(table: pd.DataFrame, one: str, other: str, spec: SweepSpec) -> go.Heatmap:
    (x, columns), (y, rows) = (_level_labels(table[knob], spec.space.search[knob]) for knob in (one, other))
    by_cell = table.assign(x=x, y=y).groupby(["y", "x"])["value"].agg(["mean", "size"])
    mean, size = (by_cell[column].unstack() for column in ("mean", "size"))
    mean, size = (part.reindex(index=rows, columns=columns) for part in (mean, size))
    texts = [
        ["" if math.isnan(m) else f"{m:z.3f}<br>{n:.0f} trial{'s' if n > 1 else ''}" for m, n in zip(*row, strict=True)]
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
    from scipy.interpolate import griddata  # takes a while to import, and few reports come here

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


FIGURE = Figure(of_sweep, says)
