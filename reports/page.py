"""The report: one HTML file that opens offline, drawn from a sweep's folder alone."""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path
from typing import Any

import plotly.io
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from reports import figures, knob_figures, knobs, tables
from reports.ablation import ablation_table
from reports.summary import (
    DEFAULT_TRIAL,
    Objective,
    Worth,
    in_effect,
    savings,
    search_worth,
    train_again_command,
)
from reports.sweep_folder import SweepFolder, SweepState

_BEST_TRIALS = 10


def write_report(folder: SweepFolder) -> Path:
    """Draw the report anew; whoever reads the old one meanwhile, reads it whole.

    Raises:
        RecordError: the record is damaged.
    """
    html = render(folder)
    beside = folder.path / f".report.html.{os.getpid()}"
    with beside.open("w", encoding="utf-8") as file:
        file.write(html)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder.report_path)
    return folder.report_path


def render(folder: SweepFolder) -> str:
    """The report's HTML."""
    asked, state = folder.asked(), folder.state()
    objective = Objective.of(asked)
    worth = search_worth(state, objective)
    drawn, gallery = _figures(asked, state, objective, worth), _gallery(folder)
    if gallery and "confusion" in gallery:
        drawn["confusion"] = figures.confusion(gallery["confusion"], gallery["classes"])
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(short=_short, when=_when, lasted=_lasted)
    shares = {} if asked.get("plan") else knobs.importance(knobs.knob_table(state, asked), asked)
    if shares:
        drawn["importance"] = knob_figures.importance_bars(shares)
    ablation = ablation_table(state, asked) if asked.get("plan") else []
    if any(row.worth for row in ablation):
        drawn["ablation"] = figures.ablation(ablation, objective)
    return environment.get_template("report.html").render(
        ablation=ablation,
        shares=shares,
        compared_at=knobs.common_epoch(asked),
        asked=asked,
        state=state,
        metric=objective.metric,
        worth=worth,
        configuration=_configuration(asked, state, worth) if worth else [],
        command=train_again_command(asked, worth.best.config) if worth else "",
        savings=savings(state),
        best_trials=state.ranked(objective.metric, objective.mode)[:_BEST_TRIALS],
        settings=lambda trial: in_effect(asked, trial.config),
        best_of=lambda trial: trial.best(objective.metric, objective.mode),
        troubled=[trial for trial in state.trials.values() if trial.reason in ("failed", "diverged")],
        gallery=gallery,
        figures={name: _embedded(figure) for name, figure in drawn.items()},
        trials=list(state.trials.values()),
        plotly=Markup(get_plotlyjs()),
    )


def _figures(asked: dict[str, Any], state: SweepState, objective: Objective, worth: Worth | None) -> dict[str, Any]:
    """The figures that there is something to draw for."""
    if worth is None:
        return {}
    planned = bool(asked.get("plan"))
    drawn = {
        "curves": figures.learning_curves(
            tables.curves_table(state, objective.metric),
            objective,
            best=None if planned else worth.best.trial,
            default=None if planned else DEFAULT_TRIAL,
        ),
        "progress": figures.best_so_far(tables.progress_table(state, objective), objective),
    }
    if asked["space"]["search"]:
        drawn["settings"] = figures.parallel_coordinates(tables.trials_table(state, asked), asked, objective)
    compared = knobs.knob_table(state, asked)
    if len(compared) > 1 and asked["space"]["search"] and not planned:
        drawn["effects"] = knob_figures.effects(compared, asked, objective, knobs.common_epoch(asked))
    best = tables.class_iou_table(state, worth.best.trial, worth.best_epoch)
    if not best.empty and worth.default_epoch is not None and not planned:
        drawn["classes"] = figures.class_iou(best, tables.class_iou_table(state, DEFAULT_TRIAL, worth.default_epoch))
    return drawn


def _configuration(asked: dict[str, Any], state: SweepState, worth: Worth) -> list[dict[str, Any]]:
    """Each searched knob: its value in the best trial and in the default, where it is in effect."""
    best = in_effect(asked, worth.best.config)
    default = in_effect(asked, state.trials[DEFAULT_TRIAL].config) if DEFAULT_TRIAL in state.trials else {}
    return [
        {
            "knob": knob,
            "best": best.get(knob),
            "default": default.get(knob),
            "differs": best.get(knob) != default.get(knob),
        }
        for knob in asked["space"]["search"]
        if knob in best or knob in default
    ]


def _gallery(folder: SweepFolder) -> dict[str, Any] | None:
    """The pictures of the best trial's predictions, inside the page."""
    index = folder.gallery_path / "gallery.json"
    if not index.is_file():
        return None
    gallery: dict[str, Any] = json.loads(index.read_text("utf-8"))
    for row in gallery["rows"]:
        for column, name in row["pictures"].items():
            data = base64.b64encode((folder.gallery_path / Path(name).name).read_bytes()).decode()
            row["pictures"][column] = f"data:image/png;base64,{data}"
    gallery["legend"] = [
        {"name": name, "color": "#{:02x}{:02x}{:02x}".format(*color)}
        for name, color in zip(gallery["classes"], gallery["colors"], strict=True)
    ]
    return gallery


def _embedded(figure: Any) -> Markup:
    """A figure as JSON that no text in it can end: `<` never stands in it."""
    text = plotly.io.to_json(figure, validate=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")
    return Markup(text)


def _short(value: Any) -> str:
    if value is None:
        return "not in effect"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def _lasted(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
