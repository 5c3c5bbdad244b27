"""How good a trial was found at each setting of each knob: isolation plots, a panel a knob."""

from __future__ import annotations

import math

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reports.analysis.isolation import FEW, BestAt
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, axis_of, styled
from reports.records.spec import SweepSpec
from search_spaces.parameters import Choice

_COLUMNS = 3


def draw(best: dict[str, list[BestAt]], spec: SweepSpec, epoch: int) -> go.Figure:
    """A panel for each knob with the best trial at each of its settings, and among how many it is the best; hollow
    where those are few.

    Args:
        best: of each knob, in the order of the panels (isolation.best_by_setting).
        spec: what each knob may be.
        epoch: the common epoch, from 1.
    """
    shown = {knob: found for knob, found in best.items() if found}
    rows = math.ceil(len(shown) / _COLUMNS)
    drawn = styled(make_subplots(rows=rows, cols=_COLUMNS, subplot_titles=list(shown), shared_yaxes=True))
    for place, (knob, found) in enumerate(shown.items()):
        where = {"row": place // _COLUMNS + 1, "col": place % _COLUMNS + 1}
        kind = spec.space.search[knob]
        drawn.add_trace(_panel(found, knob, joined=not isinstance(kind, Choice)), **where)
        drawn.update_xaxes(**axis_of(kind), **where)
        if isinstance(kind, Choice):
            drawn.update_xaxes(type="category", **where)
        if where["col"] == 1:
            drawn.update_yaxes(title_text=f"best {spec.space.objective.metric}, epoch {epoch}", **where)
    return drawn.update_layout(height=90 + 240 * rows, showlegend=False, margin={"t": 40})


def _panel(found: list[BestAt], knob: str, *, joined: bool) -> go.Scatter:
    return go.Scatter(
        x=[best.place for best in found],
        y=[best.value for best in found],
        text=[str(best.trials) for best in found],
        textposition="top center",
        customdata=[[best.trial, best.label, best.trials] for best in found],
        mode="lines+markers+text" if joined else "markers+text",
        cliponaxis=False,
        line={"color": BLUE, "width": 1, "dash": "dot"},
        marker={
            "color": BLUE,
            "size": 10,
            "symbol": ["diamond" if best.trials >= FEW else "diamond-open" for best in found],
        },
        hovertemplate=f"{knob} %{{customdata[1]}}: %{{y:.4f}} by trial %{{customdata[0]}}, the best of "
        "%{customdata[2]}<extra></extra>",
    )


def of_sweep(view: SweepView) -> go.Figure | None:
    return draw(view.isolation, view.spec, view.common_epoch) if any(view.isolation.values()) else None


def says(view: SweepView) -> str | None:
    """How to read it."""
    if not any(view.isolation.values()):
        return None
    good, poor = ("high", "lower") if view.objective.mode == "max" else ("low", "higher")
    return (
        "Each diamond is the best of the trials that had the knob there, the other knobs being free, with their number "
        f"above it: where it is as {good} as elsewhere, the setting costs nothing once the others suit it, but the "
        f"best of few trials is poorer by chance alone, so a {poor} diamond (hollow: fewer than {FEW}) says little of "
        "a setting that was hardly tried."
    )


FIGURE = Figure(of_sweep, says)
