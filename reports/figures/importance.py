"""How important each knob was."""

from __future__ import annotations

from collections.abc import Collection

import plotly.graph_objects as go

from reports.analysis.importance import MIN_TRIALS
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, figure
from search_spaces.schema import Objective


def draw(shares: dict[str, float]) -> go.Figure:
    """The share of each knob, largest on top.

    Args:
        shares: of each knob, adding up to 1, the largest first (analysis.importance).
    """
    drawn = figure("share of the importance (PED-ANOVA)", "")
    knobs = list(shares)[::-1]
    bars = go.Bar(x=[shares[knob] for knob in knobs], y=knobs, orientation="h", marker={"color": BLUE})
    drawn.add_trace(bars.update(hovertemplate="%{y}: %{x:.1%}<extra></extra>"))
    drawn.update_xaxes(tickformat=".0%", rangemode="tozero")
    drawn.update_yaxes(automargin=True)
    return drawn.update_layout(height=110 + 28 * len(knobs))


def of_sweep(view: SweepView) -> go.Figure | None:
    return draw(view.importance) if view.importance else None


def says(view: SweepView) -> str | None:
    """Where there are too few trials to draw, it says so."""
    if view.knob_trials is None:
        return None
    hinted = [effect.knob for effect in view.effects if effect.hinted]
    return sentence(view.importance, view.objective, view.common_epoch, hinted, view.hidden_knobs)


def sentence(
    shares: dict[str, float], objective: Objective, epoch: int, hinted: Collection[str], hidden: Collection[str]
) -> str:
    """Which knob told good trials from poor ones.

    Args:
        shares: of each knob, the largest first.
        objective: what trials are compared by.
        epoch: until when.
        hinted: the knobs of which the sweep gives a hint; a share of another may be chance.
        hidden: the knobs that cannot have acted by then.
    """
    compared = (
        f"Trials are compared by their best {objective.metric} up to epoch {epoch}, the latest that "
        "enough of them reached."
    )
    if hidden:
        compared += f" Not visible by then: {', '.join(hidden)}; tune ablate shows what they do."
    if not shares:
        return f"{compared} Fewer than {MIN_TRIALS} got there: too few to rank the knobs."
    (first, share), *others = shares.items()
    said = f"{first} has {share:.0%} of the importance (Optuna's PED-ANOVA)"
    if others:
        said += f", {others[0][0]} {others[0][1]:.0%}"
    close = "" if first in hinted else ", which may be chance: no knob stands out" if not hinted else ", may be chance"
    return f"{compared} {said}{close}. Knobs with a condition are not ranked among those that always count."


FIGURE = Figure(of_sweep, says)
