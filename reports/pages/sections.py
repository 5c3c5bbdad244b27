"""What stands in a report, section by section: tables, sentences and figures of one sweep, from its folder alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import plotly.graph_objects as go

from reports.analysis.ablation import AblationRow
from reports.analysis.feasibility import ended_in_words, infeasible_sentence
from reports.analysis.formatting import short
from reports.analysis.made_of import made_of
from reports.analysis.repeats import Rivals, ablations_of, repeated_values, rivals, without_seed
from reports.analysis.review import review
from reports.analysis.summary import Worth, newer_sentence, train_again_command, troubles
from reports.analysis.view import SweepView
from reports.analysis.yardsticks import metrics_shown, standing_sentence
from reports.figures import FIGURES
from reports.pages import sentences
from reports.pages.confirmation import confirmation_of
from reports.pages.trial_rows import ROWS_A_PAGE, trial_rows
from reports.records.errors import RecordError, SweepError
from reports.records.folder import SweepFolder
from reports.records.gallery import with_pictures

_BEST_TRIALS = 10
_MAX_RIVALS = 20  # where there are fewer, all of them are listed


class Sections:
    """One sweep, ready to be laid out: `values` for the template, `figures` by name, `says` by figure."""

    def __init__(self, folder: SweepFolder) -> None:
        self.view = view = SweepView(folder)
        self.figures: dict[str, go.Figure] = {}
        self.says: dict[str, str] = {}
        for name, figure in FIGURES.items():
            if (drawn := figure.draw(view)) is not None:
                self.figures[name] = drawn
            if (said := figure.says(view)) is not None:
                self.says[name] = said
        self.values: dict[str, Any] = {
            "spec": view.spec,
            "newer": newer_sentence(view.spec, view.state),
            "is_search": view.spec.is_search,
            "state": view.state,
            "metric": view.objective.metric,
            "worth": view.worth,
            "trial_rows": trial_rows(view),
            "rows_a_page": ROWS_A_PAGE,
            "settings": lambda trial: view.spec.space.in_effect(trial.config),
            "best_of": lambda trial: trial.best(view.objective.metric, view.objective.mode),
            "ended_in_words": lambda trial: ended_in_words(trial, view.state, view.objective),
            "infeasible": infeasible_sentence(view.state, view.objective) if view.spec.is_search else None,
            "troubles": troubles(view.state),
            "restarted": [trial for trial in view.state.trials.values() if trial.starts > 1],
            "effects": view.effects,
            "importance": view.importance,
            "gallery": _gallery(view),
            "yardsticks": view.yardsticks,
            "yardstick_metrics": metrics_shown(view.spec),
            "confirmation": confirmation_of(view),
            "made_of": made_of(view.folder, view.state) if view.spec.is_search else [],
        }
        if view.worth is not None:
            self._won(view.worth)
        self.values["ablations"] = list(self._ablations())

    def _won(self, worth: Worth) -> None:
        view = self.view
        repeated = repeated_values(view.folder, view.objective, view.state)
        near = rivals(view.state, view.objective, repeated)
        repeats = repeated.get(without_seed(worth.best.config))
        ranked = view.state.ranked(view.objective.metric, view.objective.mode)
        with_rivals = len(near.trials) + 1 if near and len(near.trials) < _MAX_RIVALS else 0
        self.values |= {
            "configuration": _configuration(view, worth),
            "command": train_again_command(view.spec, worth.best.config),
            "rivals": set(worth.confirmed.tied)
            if worth.confirmed
            else {one.trial for one in near.trials}
            if near
            else set(),
            "review": review(view.state, view.spec, worth),
            "best_trials": sorted(ranked[: max(_BEST_TRIALS, with_rivals)], key=lambda trial: trial != worth.best),
        }
        self.says["standing"] = standing_sentence(worth, view.yardsticks, view.standing)
        if worth.confirmed is None:
            self.says["trust"] = sentences.trust_sentence(worth, repeats, near, view.folder.name)
        if len(view.objectives) > 1:
            front = view.trade_offs[view.trade_offs["front"] == 1].to_dict("records")
            self.values["front"] = [(view.state.trials[row["trial"]], row) for row in front]
            self.values["objectives"] = view.objectives

    @staticmethod
    def _tied(worth: Worth, near: Rivals | None) -> set[str]:
        if worth.confirmed is not None:
            return set(worth.confirmed.tied)
        return {trial.trial for trial in near.trials} if near else set()

    def _ablations(self) -> Iterator[tuple[str, str | None, list[AblationRow], str]]:
        """The table of this sweep, if it is an ablation; else those of the sweeps that took it apart. Name of the
        ablation, name of the sweep taken apart, table, name of its figure."""
        if self.view.spec.plan:
            yield self.view.folder.name, self.view.spec.ablation_of, self.view.ablation, "ablation"
            return
        for number, folder in enumerate(ablations_of(self.view.folder)):
            view, name = SweepView(folder), f"ablation-{number}"
            try:
                drawn = FIGURES["ablation"].draw(view)
            except (RecordError, SweepError):  # its own page says so
                continue
            if drawn is not None:
                self.figures[name] = drawn
            yield folder.name, view.spec.ablation_of, view.ablation, name


def _configuration(view: SweepView, worth: Worth) -> list[dict[str, Any]]:
    """Each searched knob: its value in the best trial and in the default, where it is in effect."""
    space, of_default = view.spec.space, view.state.default
    best = space.in_effect(worth.best.config)
    default = space.in_effect(of_default.config) if of_default else {}
    return [
        {
            "knob": knob,
            "best": short(best[knob]) if knob in best else "not in effect",
            "default": short(default[knob]) if knob in default else "not in effect",
            "differs": best.get(knob) != default.get(knob),
        }
        for knob in space.search
        if knob in best or knob in default
    ]


def _gallery(view: SweepView) -> dict[str, Any] | None:
    """The pictures of the best trial's predictions, inside the page; None where there are none, or not all."""
    gallery = with_pictures(view.folder, view.gallery) if view.gallery else None
    if gallery is None:
        return None
    colors = zip(gallery["classes"], gallery["colors"], strict=False)  # of a file that anybody may have changed
    legend = [{"name": name, "color": "#{:02x}{:02x}{:02x}".format(*color)} for name, color in colors]
    return {**gallery, "legend": legend}
