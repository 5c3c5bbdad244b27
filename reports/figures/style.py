"""What all figures share: colours, paper, fonts. Colours are Okabe and Ito's, safe for colour-blind readers."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go

from search_spaces.parameters import Parameter

BLUE, ORANGE, GREEN, RED, SKY, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#8a8f98"
POOR_TO_GOOD = [[0, "#9aa0a8"], [0.6, SKY], [1, ORANGE]]  # every step is seen on light and on dark paper alike
_MOST_TICKS = 10
_LOGARITHMIC = {"type": "log", "dtick": 1, "exponentformat": "power"}  # makes an axis logarithmic


def whole_numbers(low: float, high: float) -> dict[str, Any]:
    """Makes an axis one of whole numbers: ticks at multiples of 1, 2 or 5 times a power of ten, never at a half.

    Args:
        low, high: ends of what is drawn along it.
    """
    step = max((high - low) / _MOST_TICKS, 1.0)
    power = 10 ** math.floor(math.log10(step))
    return {"tick0": 0, "dtick": next(power * one for one in (1, 2, 5, 10) if power * one >= step), "tickformat": ",d"}


def axis_of(parameter: Parameter) -> dict[str, Any]:
    """What the axis of a knob is: logarithmic, of whole numbers, or plain."""
    if parameter.is_logarithmic:
        return dict(_LOGARITHMIC)
    return whole_numbers(*parameter.ends()[:2]) if parameter.is_whole else {}


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
