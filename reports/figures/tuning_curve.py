"""How much is left: the best of so many random trials that is to be expected, and its band."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from reports.analysis.formatting import number
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, figure, whole_numbers
from search_spaces.schema import Objective

_BAND = "rgba(0, 114, 178, 0.18)"


def draw(curve: pd.DataFrame, objective: Objective) -> go.Figure:
    """The expected best against the number of trials, in its band; where that is without bound it is left out.

    Args:
        curve: trials, low, expected and high (analysis.tuning_curve).
    """
    drawn = figure("random trials", f"best {objective.metric}, expected")
    band = curve[np.isfinite(curve["low"]) & np.isfinite(curve["high"])]
    if not band.empty:
        outline = go.Scatter(
            x=[*band["trials"], *band["trials"][::-1]],
            y=[*band["high"], *band["low"][::-1]],
            fill="toself",
            fillcolor=_BAND,
            line={"width": 0},
            name="90 % band",
            hoverinfo="skip",
        )
        drawn.add_trace(outline)
    line = go.Scatter(
        x=curve["trials"],
        y=curve["expected"],
        mode="lines+markers",
        name="expected best",
        line={"color": BLUE, "width": 2.5},
        marker={"size": 5},
        hovertemplate="of %{x} random trials: %{y:.4f}<extra></extra>",
    )
    drawn.add_trace(line).update_xaxes(**whole_numbers(0, curve["trials"].max()))
    return drawn.update_layout(height=340)


def sentence(curve: pd.DataFrame, objective: Objective, name: str) -> str:
    """What twice as many trials brought last, and what the curve does not speak of."""
    whole, half = curve.iloc[-1], curve.iloc[len(curve) // 2 - 1]
    trials, gained = int(whole["trials"]), abs(whole["expected"] - half["expected"])
    ends = [f"{number(end)}" for end in (whole["low"], whole["high"]) if np.isfinite(end)]
    band = f" (90 % band: {' to '.join(ends)})" if len(ends) == 2 else ""
    return (
        f"The best of {trials} random trials reaches {number(whole['expected'])} on average{band}; going from "
        f"{int(half['trials'])} to {trials} of them brought {number(gained)}, by which to weigh another doubling "
        f"(tune resume {name} --trials N)."
    )


def of_sweep(view: SweepView) -> go.Figure | None:
    return None if view.tuning_curve.empty else draw(view.tuning_curve, view.objective)


def says(view: SweepView) -> str | None:
    return None if view.tuning_curve.empty else sentence(view.tuning_curve, view.objective, view.folder.name)


FIGURE = Figure(of_sweep, says)
