"""What stands in a report, section by section: tables, sentences and figures of one sweep, from its folder alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from reports.analysis import importance as knobs
from reports.analysis import knob_effects, tables
from reports.analysis.ablation import AblationRow, ablation_table
from reports.analysis.repeats import ablations_of, repeated_values, rivals, without_seed
from reports.analysis.rungs import doubt, rung_table
from reports.analysis.summary import (
    DEFAULT_TRIAL,
    Worth,
    savings,
    search_worth,
    train_again_command,
    troubles,
)
from reports.analysis.timeline import timeline
from reports.figures import figures, knob_figures, search_figures
from reports.pages import sentences
from reports.records.errors import DamagedError, RecordError
from reports.records.folder import SweepFolder
from reports.records.record import read_events
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, fold

_BEST_TRIALS = 10


class Sections:
    """One sweep, ready to be laid out: `values` for the template, `figures` by name, `says` by figure."""

    def __init__(self, folder: SweepFolder) -> None:
        self.folder, self.spec = folder, folder.spec()
        self.events = read_events(folder.record_path)
        self.state = fold(self.events)
        self.objectives = self.spec.space.objectives
        self.objective = self.objectives[0]
        self.worth = search_worth(self.state, self.objective)
        self.planned = self.spec.plan is not None
        self.figures: dict[str, Any] = {}
        self.says: dict[str, str] = {}
        self.values: dict[str, Any] = {
            "spec": self.spec,
            "state": self.state,
            "metric": self.objective.metric,
            "worth": self.worth,
            "trials": list(self.state.trials.values()),
            "settings": lambda trial: self.spec.space.in_effect(trial.config),
            "best_of": lambda trial: trial.best(self.objective.metric, self.objective.mode),
            "troubles": troubles(self.state),
            "restarted": [trial for trial in self.state.trials.values() if trial.starts > 1],
        }
        parts: list[Callable[[Worth], None]] = [self._won, self._knobs, self._search]
        for part in parts:
            if self.worth is not None:
                part(self.worth)
        self._pictures()
        self._ablations()

    def _won(self, worth: Worth) -> None:
        repeated = repeated_values(self.folder, self.objective)
        near = rivals(self.state, self.objective, repeated)
        repeats = repeated.get(without_seed(worth.best.config))
        ranked = self.state.ranked(self.objective.metric, self.objective.mode)
        self.values |= {
            "configuration": _configuration(self.spec, self.state, worth),
            "command": train_again_command(self.spec, worth.best.config),
            "rivals": {trial.trial for trial in near.trials} if near else set(),
            "best_trials": ranked[: max(_BEST_TRIALS, len(near.trials) + 1 if near and len(near.trials) < 20 else 0)],
        }
        self.says["default"] = sentences.default_sentence(worth)
        self.says["trust"] = sentences.trust_sentence(worth, repeats, near, self.folder.name)
        if len(self.objectives) > 1:
            table = tables.trade_offs_table(self.state, self.objectives)
            self.figures["pareto"] = search_figures.pareto(table, self.objectives)
            self.says["pareto"] = sentences.trade_off_sentence(table, self.objectives)
            front = table[table["front"] == 1].to_dict("records")
            self.values["front"] = [(self.state.trials[row["trial"]], row) for row in front]
            self.values["objectives"] = self.objectives

    def _knobs(self, worth: Worth) -> None:
        if self.planned or not self.spec.space.search:
            return
        table, epoch = knobs.knob_table(self.state, self.spec), knobs.common_epoch(self.spec)
        if len(table) < 2:
            return
        shares = knobs.importance(table, self.spec)
        effects = knob_effects.knob_effects(table, self.spec)
        rank = {knob: place for place, knob in enumerate(shares)}
        effects.sort(key=lambda effect: rank.get(effect.knob, len(rank)))
        self.values |= {"effects": effects, "shares": shares}
        self.says["importance"] = sentences.importance_sentence(shares, self.objective, epoch)
        self.says["effects"] = sentences.effects_sentence(effects)
        if shares:
            self.figures["importance"] = knob_figures.importance_bars(shares)
        self.figures["effects"] = knob_figures.effects(table, effects, self.spec, epoch)
        if len(table) > knob_figures.MAX_POINTS:
            self.says["effects"] += f" Each panel shows {knob_figures.MAX_POINTS} of {len(table)} trials as points."
        self._pair(table, shares)

    def _pair(self, table: pd.DataFrame, shares: dict[str, float]) -> None:
        """The two knobs that act together most surely; the two most important ones where none can be tested."""
        tested = knob_effects.interactions(table, self.spec)
        one, other = (tested[0].one, tested[0].other) if tested else ([*shares, "", ""])[:2]
        if other:
            self.figures["pair"] = knob_figures.pair(table, one, other, self.spec)
            self.says["pair"] = sentences.pair_sentence(tested, one, other)

    def _search(self, worth: Worth) -> None:
        progress, saved = tables.progress_table(self.state, self.objective), savings(self.state)
        curves = tables.curves_table(self.state, self.objective.metric)
        marked = (None, None) if self.planned else (worth.best.trial, DEFAULT_TRIAL)
        self.figures["progress"] = search_figures.best_so_far(progress, self.objective)
        self.says["progress"] = sentences.search_sentence(progress, saved, self.spec)
        self.figures["curves"] = figures.learning_curves(curves, self.objective, best=marked[0], default=marked[1])
        self.says["curves"] = sentences.curves_sentence(self.state)
        if len(self.objectives) == 1 and saved.pruned:
            self.figures["rungs"] = search_figures.rungs(rung_table(self.state, self.objective), self.objective)
            self.says["rungs"] = sentences.rungs_sentence(saved, doubt(self.state, self.objective))
        if self.spec.space.search:
            trials = tables.trials_table(self.state, self.spec)
            self.figures["settings"] = figures.parallel_coordinates(trials, self.spec, self.objective)
        spent = timeline(self.events)
        if not spent.empty:
            self.figures["timeline"] = search_figures.timeline(spent)
            self.says["timeline"] = sentences.time_sentence(spent)

    def _pictures(self) -> None:
        gallery = _gallery(self.folder)
        self.values["gallery"] = gallery
        if gallery and "confusion" in gallery:
            self.figures["confusion"] = figures.confusion(gallery["confusion"], gallery["classes"])
        if self.worth is None or self.worth.default_epoch is None or self.planned:
            return
        best = tables.class_iou_table(self.state, self.worth.best.trial, self.worth.best_epoch)
        if not best.empty:
            default = tables.class_iou_table(self.state, DEFAULT_TRIAL, self.worth.default_epoch)
            colors = zip(self.spec.data.classes, self.spec.data.colors, strict=True)
            named = {name.replace("_", " "): "#{:02x}{:02x}{:02x}".format(*color) for name, color in colors}
            self.figures["classes"] = figures.class_iou(best, default, named)
            self.says["classes"] = sentences.classes_sentence(best, default)

    def _ablations(self) -> None:
        """The table of this sweep, if it is an ablation; else those of the sweeps that took it apart."""
        shown: list[tuple[str, str | None, list[AblationRow], str]] = []
        for folder in [self.folder] if self.planned else ablations_of(self.folder):
            try:
                state, spec = folder.state(), folder.spec()
            except (RecordError, DamagedError):
                continue
            rows = ablation_table(state, spec)
            if any(row.worth for row in rows):
                self.figures[f"ablation-{len(shown)}"] = figures.ablation(rows, self.objective)
            shown.append((folder.name, spec.ablation_of, rows, f"ablation-{len(shown)}"))
        self.values["ablations"] = shown


def _configuration(spec: SweepSpec, state: SweepState, worth: Worth) -> list[dict[str, Any]]:
    """Each searched knob: its value in the best trial and in the default, where it is in effect."""
    best = spec.space.in_effect(worth.best.config)
    default = spec.space.in_effect(state.trials[DEFAULT_TRIAL].config) if DEFAULT_TRIAL in state.trials else {}
    return [
        {
            "knob": knob,
            "best": best.get(knob),
            "default": default.get(knob),
            "differs": best.get(knob) != default.get(knob),
        }
        for knob in spec.space.search
        if knob in best or knob in default
    ]


def _picture(folder: SweepFolder, name: str) -> str:
    path = folder.gallery_path / Path(name).name
    if path.is_symlink():
        raise ValueError(f"{path}: a link")  # which may lead to what nobody meant to show
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"


def _gallery(folder: SweepFolder) -> dict[str, Any] | None:
    """The pictures of the best trial's predictions, inside the page; None where there are none, or not all."""
    index = folder.gallery_path / "gallery.json"
    try:
        gallery: dict[str, Any] = json.loads(index.read_text("utf-8"))
        for row in gallery["rows"]:
            row["pictures"] = {column: _picture(folder, name) for column, name in row["pictures"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    gallery["legend"] = [
        {"name": name, "color": "#{:02x}{:02x}{:02x}".format(*color)}
        for name, color in zip(gallery["classes"], gallery["colors"], strict=True)
    ]
    return gallery
