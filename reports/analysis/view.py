"""A sweep as figures and pages look at it: what was read of it, and every table made from that, each once.

Knows nothing of figures. A view shows one moment; whoever wants the next one makes a new view of the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any

import pandas as pd

from reports.analysis import importance as knobs
from reports.analysis import knob_effects, tables
from reports.analysis.ablation import AblationRow, ablation_table
from reports.analysis.checked_hints import checked
from reports.analysis.compared import common_epoch, first_rung, knob_table, not_visible
from reports.analysis.curve_shape import CurveShape, judged_metric, shape_of
from reports.analysis.importance import Share
from reports.analysis.isolation import BestAt, best_by_setting
from reports.analysis.knob_effects import Interaction, KnobEffect
from reports.analysis.repeats import ablations_of
from reports.analysis.rungs import Doubt, doubt, rung_table
from reports.analysis.summary import Savings, Worth, savings, search_worth
from reports.analysis.timeline import timeline
from reports.analysis.tuning_curve import tuning_curve
from reports.analysis.yardsticks import Standing, YardstickRow, standing, yardsticks
from reports.records.errors import RecordError, SweepError
from reports.records.folder import SweepFolder
from reports.records.gallery import read_index
from reports.records.record import Event, read_events
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState, fold
from search_spaces.schema import Objective

_MIN_TO_COMPARE = 2  # fewer trials do not tell two values of a knob apart

_FEW = 3  # best trials that are looked at closely


class SweepView:
    """What a figure may need of a sweep, read or computed when it is first asked for.

    Raises:
        DamagedError: `sweep.json` cannot be read; so do all parts that need it.
        RecordError: the record is damaged.
    """

    def __init__(self, folder: SweepFolder) -> None:
        self.folder = folder

    @cached_property
    def spec(self) -> SweepSpec:
        return self.folder.spec()

    @cached_property
    def events(self) -> list[Event]:
        return read_events(self.folder.record_path)

    @cached_property
    def state(self) -> SweepState:
        return fold(self.events)

    @property
    def objectives(self) -> tuple[Objective, ...]:
        return tuple(self.spec.space.objectives)

    @property
    def objective(self) -> Objective:
        """The one by which trials are ranked."""
        return self.objectives[0]

    @cached_property
    def worth(self) -> Worth | None:
        """The best trial against the default configuration; None while no trial has a value."""
        return search_worth(self.state, self.objective)

    @cached_property
    def yardsticks(self) -> list[YardstickRow]:
        """What a winner must beat (yardsticks.yardsticks)."""
        return yardsticks(self.spec, self.state)

    @cached_property
    def standing(self) -> Standing | None:
        """The best trial against the best yardstick; None without either."""
        return None if self.worth is None else standing(self.worth, self.yardsticks, self.state, self.objective)

    @cached_property
    def savings(self) -> Savings:
        return savings(self.state)

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row a trial (tables.trials_table)."""
        return tables.trials_table(self.state, self.spec)

    @cached_property
    def curves(self) -> pd.DataFrame:
        """One row an epoch of a trial (tables.curves_table)."""
        return tables.curves_table(self.state, self.objective.metric)

    @cached_property
    def best_trials(self) -> list[TrialState]:
        """A few of a search, the best first."""
        ranked = self.state.ranked(self.objective.metric, self.objective.mode)
        return ranked[:_FEW] if self.spec.is_search else []

    @cached_property
    def fits(self) -> pd.DataFrame:
        """Loss and metric of the best trials on validation and training images (tables.fit_table)."""
        metric = judged_metric(self.spec)[0]
        return tables.fit_table(self.state, [trial.trial for trial in self.best_trials], metric)

    @cached_property
    def shapes(self) -> dict[str, CurveShape]:
        """What the curve of each of the best trials says, by trial."""
        return {trial.trial: shape_of(trial, self.spec) for trial in self.best_trials}

    @cached_property
    def progress(self) -> pd.DataFrame:
        """One row an epoch in the order in which they ended (tables.progress_table)."""
        return tables.progress_table(self.state, self.objective)

    @cached_property
    def trade_offs(self) -> pd.DataFrame:
        """One row a trial with both objectives (tables.trade_offs_table); for sweeps that have two."""
        return tables.trade_offs_table(self.state, self.objectives)

    @cached_property
    def tuning_curve(self) -> pd.DataFrame:
        """The best of so many random trials, with its band (tuning_curve.tuning_curve); empty where they are few."""
        return tuning_curve(self.state, self.spec)

    @cached_property
    def rungs(self) -> pd.DataFrame:
        """One row a trial and rung at which trials were cut (rungs.rung_table)."""
        return rung_table(self.state, self.objective)

    @cached_property
    def doubt(self) -> Doubt | None:
        """Whether a trial that was cut might have won."""
        return doubt(self.state, self.objective)

    @cached_property
    def timeline(self) -> pd.DataFrame:
        """One row a phase of an epoch (timeline.timeline)."""
        return timeline(self.events)

    @cached_property
    def common_epoch(self) -> int:
        """The epoch at which knobs are compared, from 1."""
        return common_epoch(self.state, self.spec)

    @property
    def hidden_knobs(self) -> list[str]:
        """The searched knobs that cannot have acted by the common epoch."""
        return not_visible(self.spec, self.common_epoch)

    @cached_property
    def knob_trials(self) -> pd.DataFrame | None:
        """One row a trial that counts at the common epoch (compared.knob_table); None where there are no knobs to
        compare, as in an ablation, or fewer than 2 trials."""
        if self.worth is None or not self.spec.is_search or not self.spec.space.search:
            return None
        table = knob_table(self.state, self.spec)
        return table if len(table) >= _MIN_TO_COMPARE else None

    @cached_property
    def first_rung(self) -> int | None:
        """The epoch at which knobs are compared of which too few values came further (compared.first_rung)."""
        return first_rung(self.state, self.spec)

    @cached_property
    def early_trials(self) -> pd.DataFrame | None:
        """One row a trial that counts at the first rung; None where that is the common epoch."""
        return None if self.first_rung is None else knob_table(self.state, self.spec, self.first_rung)

    @cached_property
    def importance(self) -> dict[str, Share]:
        """The share of each knob, largest first; empty where there is too little to rank them."""
        return {} if self.knob_trials is None else knobs.importance(self.knob_trials, self.spec, self.hidden_knobs)

    @cached_property
    def hints(self) -> list[KnobEffect]:
        """The effect of each knob that can have acted, hints first, then the largest; a hint is held against the
        ablations of the sweep."""
        if self.knob_trials is None:
            return []
        early, rung = self.early_trials, self.first_rung
        hidden = not_visible(self.spec, rung) if rung else ()
        found = knob_effects.knob_effects(self.knob_trials, self.spec, self.hidden_knobs, early, hidden)
        if not any(effect.is_beyond_chance for effect in found):
            return found
        ablations = list(self._ablations())
        return sorted((checked(effect, ablations) for effect in found), key=lambda effect: not effect.hinted)

    def _ablations(self) -> Iterator[tuple[SweepSpec, SweepState]]:
        """Of this sweep, as far as they can be read."""
        for folder in ablations_of(self.folder):
            with suppress(SweepError, RecordError):  # it is gone, or its own page says so
                yield folder.spec(), folder.state()

    @cached_property
    def effects(self) -> list[KnobEffect]:
        """The same, hints first, then the most important."""
        rank = {knob: place for place, knob in enumerate(self.importance)}
        return sorted(self.hints, key=lambda effect: (not effect.hinted, rank.get(effect.knob, len(rank))))

    @cached_property
    def isolation(self) -> dict[str, list[BestAt]]:
        """The best trial at each setting of each knob that can have acted (isolation.best_by_setting)."""
        table = self.knob_trials
        if table is None:
            return {}
        return {effect.knob: best_by_setting(table, effect.knob, self.spec) for effect in self.effects}

    @cached_property
    def interactions(self) -> list[Interaction]:
        """The pairs of knobs that can be tested, the surest interaction first."""
        return [] if self.knob_trials is None else knob_effects.interactions(self.knob_trials, self.spec)

    @cached_property
    def ablation(self) -> list[AblationRow]:
        """A row a variant; empty where the sweep is no ablation."""
        return ablation_table(self.state, self.spec) if self.spec.plan else []

    @cached_property
    def classes(self) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """IoU of each class in the best trial and in the default (tables.class_iou_table); None where there are no
        classes of pixels, or no default to compare with."""
        if self.worth is None or self.worth.default_epoch is None or not self.spec.is_search:
            return None
        names = self.spec.data.classes
        best = tables.class_iou_table(self.state, self.worth.best.trial, self.worth.best_epoch, names)
        default = tables.class_iou_table(self.state, self.worth.default_trial, self.worth.default_epoch, names)
        return None if best.empty else (best, default)

    @cached_property
    def gallery(self) -> dict[str, Any] | None:
        """The index of the pictures of predictions (records.gallery); None where there are none."""
        return read_index(self.folder)
