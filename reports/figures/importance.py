"""How important each knob was."""

from __future__ import annotations

from collections.abc import Collection

import plotly.graph_objects as go

from reports.analysis.compared import COPIES
from reports.analysis.importance import MIN_TRIALS, Share
from reports.analysis.view import SweepView
from reports.figures.figure import Figure
from reports.figures.style import BLUE, GREY, ORANGE, RED, figure
from search_spaces.schema import Objective

_UNEQUAL = f"Epochs do not cost the same here: one trains as many times longer as {COPIES} says."


def draw(shares: dict[str, Share]) -> go.Figure:
    """The share of each knob with its 95 % interval, largest on top; a tick where chance alone would reach.

    Args:
        shares: of each knob, the largest first (analysis.importance).
    """
    drawn = figure("share of the importance (PED-ANOVA), 95 % interval", "")
    knobs = list(shares)[::-1]
    found = [shares[knob] for knob in knobs]
    bars = go.Bar(
        x=[one.share for one in found],
        y=knobs,
        orientation="h",
        name="share",
        marker={"color": [BLUE if one.stands_out else GREY for one in found]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [one.high - one.share for one in found],
            "arrayminus": [one.share - one.low for one in found],
            "color": ORANGE,
        },
        text=[one.in_words() for one in found],
        textposition="none",
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    ticks = go.Scatter(
        x=[one.chance for one in found],
        y=knobs,
        mode="markers",
        name="what a shuffled metric may give",
        marker={"symbol": "line-ns", "size": 16, "line": {"color": RED, "width": 2}},
        hovertemplate="%{y}: up to %{x:.0%} of a shuffled metric<extra></extra>",
    )
    drawn.add_traces([bars, ticks])
    drawn.update_xaxes(tickformat=".0%", rangemode="tozero")
    drawn.update_yaxes(automargin=True)
    return drawn.update_layout(height=150 + 28 * len(knobs), showlegend=True)


def of_sweep(view: SweepView) -> go.Figure | None:
    return draw(view.importance) if view.importance else None


def says(view: SweepView) -> str | None:
    """Where there are too few trials to draw, it says so."""
    if view.knob_trials is None:
        return None
    hinted = [effect.knob for effect in view.effects if effect.hinted]
    said = sentence(view.importance, view.objective, view.common_epoch, hinted, view.hidden_knobs)
    return f"{said} {_UNEQUAL}" if COPIES in view.spec.space.search else said


def sentence(
    shares: dict[str, Share], objective: Objective, epoch: int, hinted: Collection[str], hidden: Collection[str]
) -> str:
    """Which knob told good trials from poor ones, and whether any stands out: by its share and by its effect, since one
    page must not say of a knob that it stands out and that it may be chance.

    Args:
        shares: of each knob, the largest first.
        objective: what trials are compared by.
        epoch: until when.
        hinted: the knobs of whose effect the sweep gives a hint.
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
    first, *others = (f"{knob} {share.in_words()}" for knob, share in shares.items())
    said = f"Shares of the importance (Optuna's PED-ANOVA, 95 % intervals): {first}"
    if others:
        said += f", then {others[0]}"
    unranked = "Knobs with a condition are not ranked among those that always count."
    return f"{compared} {said}. {_standing(shares, hinted)} {unranked}"


def _standing(shares: dict[str, Share], hinted: Collection[str]) -> str:
    """What stands out of a shuffled metric; the test of effects, which sees smaller differences, has the last word."""
    out = [knob for knob, share in shares.items() if share.stands_out]
    sure, unsure = [knob for knob in out if knob in hinted], [knob for knob in out if knob not in hinted]
    said = []
    if sure:
        verb = "stands" if len(sure) == 1 else "stand"
        said.append(f"{', '.join(sure)} {verb} out from what a shuffled metric gives, as the effects below hint too.")
    if unsure:
        has = "has" if len(unsure) == 1 else "have"
        said.append(
            f"{', '.join(unsure)} {has} more than a shuffled metric gives, but the effects below hint at no such thing."
        )
    if not out:
        by_share = " by share alone" if hinted else ""
        said.append(f"Nothing stands out{by_share}: every interval overlaps what a shuffled metric gives.")
    more = [knob for knob in hinted if knob not in sure]
    if more:
        said.append(f"The test of effects below, which sees smaller differences, hints at {', '.join(more)}.")
    return " ".join(said)


FIGURE = Figure(of_sweep, says)
