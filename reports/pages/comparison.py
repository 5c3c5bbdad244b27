"""Two to six sweeps side by side: one page, as a file or in `tune serve`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from cnnmodels.config import default_of, knobs_of
from cnnmodels.models import MODELS
from reports.analysis import tables
from reports.analysis.formatting import number, short
from reports.analysis.summary import Worth, row_of, savings, search_worth
from reports.analysis.yardsticks import yardsticks
from reports.figures.figure import as_typed
from reports.figures.style import BLUE, GREEN, GREY, ORANGE, RED, SKY, figure, whole_numbers
from reports.pages.report import embedded, page
from reports.records.atomic_write import write_atomically
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, is_running
from reports.records.spec import SweepSpec
from reports.records.state import SweepState
from search_spaces.schema import Objective

FEWEST, MOST = 2, 6
_LOOKS = (
    (BLUE, "solid"),
    (ORANGE, "dash"),
    (GREEN, "dot"),
    (RED, "dashdot"),
    (SKY, "longdash"),
    (GREY, "longdashdot"),
)


@dataclass(frozen=True)
class Side:
    """One of the sweeps."""

    name: str
    spec: SweepSpec
    state: SweepState
    objective: Objective
    worth: Worth | None


def write_comparison(folders: list[SweepFolder], path: Path) -> Path:
    """Write the page of `compare` as a file of its own.

    Raises:
        SweepError: there are fewer than 2 or more than 6 sweeps.
    """
    html = compare(folders)
    write_atomically(path, html)
    return path


def compare(folders: list[SweepFolder], *, live: str | None = None) -> str:
    """The HTML of a comparison.

    Raises:
        SweepError: there are fewer than 2 or more than 6 sweeps, or one is named twice.
        RecordError: a record is damaged.
    """
    sides = sides_of(folders)
    metrics = list(dict.fromkeys(side.objective.metric for side in sides))
    drawn = {f"progress-{metric}": _progress(sides, metric) for metric in metrics if _has_values(sides, metric)}
    return page(
        "compare.html",
        live=live,
        figures={name: embedded(one) for name, one in drawn.items()},
        sides=sides,
        facts=_facts(sides),
        settings=_settings(sides),
        warnings=warnings_of(sides),
        best=best_sentence(sides),
    )


def as_json(folders: list[SweepFolder]) -> dict[str, Any]:
    """The same for other programs: each sweep with its numbers and its best configuration, and what is to be minded.

    Raises:
        SweepError: there are fewer than 2 or more than 6 sweeps, or one is named twice.
        RecordError: a record is damaged.
    """
    sides = sides_of(folders)
    return {
        "sweeps": [
            {**asdict(row_of(side.name, side.spec, side.state, running=is_running(folder))), "settings": settings}
            for folder, side, settings in zip(folders, sides, best_settings(sides), strict=True)
        ],
        "warnings": warnings_of(sides),
        "best": best_sentence(sides),
    }


def sides_of(folders: list[SweepFolder]) -> list[Side]:
    """What is read of the sweeps, in their order.

    Raises:
        SweepError: there are fewer than 2 or more than 6 sweeps, or one is named twice.
        RecordError: a record is damaged.
    """
    refuse_number([folder.name for folder in folders])
    return [_side(folder) for folder in folders]


def refuse_number(names: Sequence[str]) -> None:
    """
    Raises:
        SweepError: there are fewer than 2 or more than 6 sweeps, or one is named twice.
    """
    if not FEWEST <= len(set(names)) == len(names) <= MOST:
        shown = ", ".join(names) if 0 < len(names) <= MOST else len(names) or "none"
        raise SweepError(f"compare: {FEWEST} to {MOST} different sweeps, got {shown}")


def _side(folder: SweepFolder) -> Side:
    spec, state = folder.spec(), folder.state()
    objective = spec.space.objective
    return Side(folder.name, spec, state, objective, search_worth(state, objective))


def _has_values(sides: list[Side], metric: str) -> bool:
    return any(side.worth is not None for side in sides if side.objective.metric == metric)


def _progress(sides: list[Side], metric: str) -> go.Figure:
    """The best so far of each sweep against the epochs that it trained."""
    drawn, most = figure("epochs trained, all slots together", f"best {metric} so far"), 0
    for side, (color, dash) in zip(sides, _LOOKS, strict=False):
        if side.objective.metric != metric or side.worth is None:
            continue
        table = tables.progress_table(side.state, side.objective)
        most = max(most, int(table["epochs_trained"].max()))
        drawn.add_trace(
            go.Scatter(
                x=table["epochs_trained"],
                y=table["best"],
                mode="lines",
                name=side.name,
                line={"shape": "hv", "color": color, "dash": dash, "width": 2.5},
                customdata=table[["trial", "minutes"]],
                hovertemplate="%{y:.4f} by trial %{customdata[0]}<br>after %{x} epochs, %{customdata[1]:.1f} min",
            )
        )
    drawn.update_xaxes(**whole_numbers(0, most))
    return as_typed(drawn.update_layout(showlegend=True))


def _facts(sides: list[Side]) -> list[tuple[str, list[str]]]:
    """What each sweep cost and gave, a row a fact."""
    saved = [savings(side.state) for side in sides]
    worths = [side.worth for side in sides]
    return [
        ("metric", [f"{side.objective.metric} ({side.objective.mode})" for side in sides]),
        ("best", [f"{number(worth.best_value)} ({worth.best.trial})" if worth else "-" for worth in worths]),
        ("with fresh seeds", [_confirmed(worth) for worth in worths]),
        ("default", [number(w.default_value) if w and w.default_value is not None else "-" for w in worths]),
        ("doing nothing", [_doing_nothing(side) for side in sides]),
        ("trials done", [f"{len(side.state.finished)} of {side.state.trials_requested}" for side in sides]),
        ("pruned", [str(one.pruned) for one in saved]),
        ("epochs trained", [str(sum(len(trial.epochs) for trial in side.state.trials.values())) for side in sides]),
        ("images", [f"{side.spec.data.layout}, {_size(side)}" for side in sides]),
        ("space", [f"{side.spec.space.name} ({side.spec.space.model})" for side in sides]),
        ("seed", [str(side.spec.seed) for side in sides]),
    ]


def _confirmed(worth: Worth | None) -> str:
    """What a confirmation found of the winner."""
    if worth is None or worth.confirmed is None:
        return "-"
    one = worth.confirmed
    return f"{number(one.mean)} [{number(one.low)}, {number(one.high)}], {one.runs} runs ({one.trial})"


def _doing_nothing(side: Side) -> str:
    """The best of what needs no training."""
    rows = [row for row in yardsticks(side.spec, side.state) if row.trial is None]
    sign = 1 if side.objective.mode == "max" else -1
    best = max(rows, key=lambda row: sign * row.value, default=None)
    return f"{number(best.value)} ({best.name})" if best else "-"


def _size(side: Side) -> str:
    return side.spec.data.size_in_words


def _settings(sides: list[Side]) -> list[tuple[str, list[str], bool]]:
    """The best configurations: knob, its value in each, whether they differ."""
    found = best_settings(sides)
    knobs = dict.fromkeys(knob for settings in found for knob in settings)
    rows = [(knob, [short(settings[knob]) if knob in settings else "-" for settings in found]) for knob in knobs]
    return [(knob, values, len(set(values)) > 1) for knob, values in rows]


def best_settings(sides: list[Side]) -> list[dict[str, Any]]:
    """The best configuration of each sweep, in the knobs that any of them searches or fixes.

    A knob that a sweep neither searches nor fixes has the value that it trained with; one that is not in effect, or
    that its network does not have, has none.
    """
    mentioned = dict.fromkeys(
        knob for side in sides if side.worth for knob in (*side.spec.space.fixed, *side.spec.space.search)
    )
    return [_settings_of(side, list(mentioned)) for side in sides]


def _settings_of(side: Side, mentioned: list[str]) -> dict[str, Any]:
    if side.worth is None:
        return {}
    space, config = side.spec.space, side.worth.best.config
    chosen = {**space.fixed, **space.in_effect(config)}
    if space.model in MODELS:
        of_model = {knob: config.get(knob, default_of(knob, space.model)) for knob in knobs_of(space.task, space.model)}
    else:  # a network of somebody's own, which is needed for training alone
        of_model = config
    known = {knob: value for knob, value in of_model.items() if knob not in space.search} | chosen
    return {knob: known[knob] for knob in mentioned if knob in known}


def warnings_of(sides: list[Side]) -> list[str]:
    """Why numbers may not compare."""
    found = []
    if len({side.objective.metric for side in sides}) > 1:
        found.append("They are ranked by different metrics, so their best values do not compare.")
    if len({side.spec.data.fingerprint for side in sides}) > 1:
        found.append("They were trained on different images or sizes, so equal numbers do not mean equal quality.")
    if len({side.spec.space.budget.max_epochs for side in sides}) > 1:
        found.append("Their trials may train for different numbers of epochs.")
    return found


def best_sentence(sides: list[Side]) -> str:
    """Which is ahead, where that can be said."""
    known = [(side, side.worth) for side in sides if side.worth is not None]
    images = {side.spec.data.fingerprint for side, _ in known}
    if len(known) < 2 or len(images) > 1 or len({side.objective for side, _ in known}) > 1:
        return ""
    sign = 1 if known[0][0].objective.mode == "max" else -1
    if all(worth.confirmed for _, worth in known):
        return _best_with_fresh_seeds(known, sign)
    (first, top), (second, next_best), *_ = sorted(known, key=lambda pair: -sign * pair[1].best_value)
    return (
        f"{first.name} is ahead with {first.objective.metric} {number(top.best_value)}, "
        f"{number(abs(top.best_value - next_best.best_value))} better than {second.name}; each is one run of its best "
        "configuration, and tune confirm repeats it."
    )


def _best_with_fresh_seeds(known: list[tuple[Side, Worth]], sign: int) -> str:
    """The two best winners, trained again; their difference has the interval of two independent means, whose half is
    the root of the sum of both halves' squares."""
    found = [(side, one) for side, worth in known if (one := worth.confirmed)]
    (first, top), (second, next_best), *_ = sorted(found, key=lambda pair: -sign * pair[1].mean)
    apart = abs(top.mean - next_best.mean)
    half = math.hypot(*((one.high - one.low) / 2 for one in (top, next_best)))
    by = f"{number(apart)} [{number(apart - half)}, {number(apart + half)}]"
    if apart <= half:
        return (
            f"{first.name} and {second.name} cannot be told apart in {first.objective.metric}: with fresh seeds their "
            f"winners differ by {by}."
        )
    return f"{first.name} is ahead of {second.name} in {first.objective.metric}, with fresh seeds, by {by}."
