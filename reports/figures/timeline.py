"""The timeline: what each slot did when."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from reports.analysis.timeline import PHASES, minutes_by_phase
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, GREEN, GREY, ORANGE, SKY, figure

_PHASE_COLORS = dict(zip(PHASES, (GREY, SKY, BLUE, GREEN, ORANGE, "rgba(138,143,152,0.22)"), strict=True))
_MAX_BARS = 1500  # where there are more, the totals of each slot are drawn


def draw(table: pd.DataFrame) -> go.Figure:
    """A bar a phase of an epoch; the totals of each slot where there are too many.

    Args:
        table: slot, trial, phase, begin and end in minutes since the launch (analysis.timeline).
    """
    whole = len(table) <= _MAX_BARS
    drawn = figure("minutes since the launch" if whole else "minutes, all together", "")
    lasted = table.assign(lasted=table["end"] - table["begin"])
    bars = lasted if whole else lasted.groupby(["slot", "phase"])["lasted"].sum().reset_index()
    for phase in PHASES:
        drawn.add_trace(_bars(bars[bars["phase"] == phase], phase, whole=whole))
    slots = sorted(table["slot"].unique())
    drawn.update_yaxes(type="category", categoryorder="array", categoryarray=slots[::-1], automargin=True)
    height = 150 + 34 * len(slots)
    return drawn.update_layout(barmode="overlay" if whole else "stack", bargap=0.35, height=height)


def _bars(rows: pd.DataFrame, phase: str, *, whole: bool) -> go.Bar:
    trial = " (trial %{text})" if whole else ""
    return go.Bar(
        y=rows["slot"],
        x=rows["lasted"],
        base=rows["begin"] if whole else None,
        orientation="h",
        name=phase,
        customdata=rows["lasted"] * 60,
        text=rows["trial"] if whole else None,
        textposition="none",
        marker={"color": _PHASE_COLORS[phase], "line": {"width": 0}},
        hovertemplate=f"{phase}, %{{customdata:.1f}} s{trial}<extra></extra>",
    )


def of_sweep(view: SweepView) -> go.Figure | None:
    return draw(view.timeline) if _has_epochs(view) else None


def says(view: SweepView) -> str | None:
    return sentence(view.timeline) if _has_epochs(view) else None


def _has_epochs(view: SweepView) -> bool:
    return view.worth is not None and not view.timeline.empty


def sentence(spent: pd.DataFrame) -> str:
    """Where the slots' time went."""
    minutes = minutes_by_phase(spent)
    total = sum(minutes.values())
    if not total:
        return ""
    parts = [f"{phase} {minutes[phase] / total:.0%}" for phase in sorted(minutes, key=lambda one: -minutes[one])]
    return f"Of {total:.1f} slot-minutes: {', '.join(parts)}."


FIGURE = Figure(of_sweep, says)
