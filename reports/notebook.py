"""A sweep in a notebook: tables as pandas, figures as plotly; both of what the record says at that moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from reports.analysis import tables
from reports.analysis.summary import search_worth, train_again_command
from reports.pages.sections import Sections
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec
from search_spaces.schema import Objective


class Sweep:
    """One sweep, open for reading; a running one may be asked again and again.

    >>> sweep = reports.open("sweeps/camvid")  # doctest: +SKIP
    >>> sweep.trials.sort_values("best").tail()  # doctest: +SKIP
    >>> sweep.figures.learning_curves()  # doctest: +SKIP
    """

    def __init__(self, path: Path) -> None:
        self._folder = SweepFolder(path)
        if not self._folder.exists():
            raise SweepError(f"{path}: no sweep here (no sweep.json); sweeps are the folders under ./sweeps")
        self.figures = Figures(self._folder)

    def __repr__(self) -> str:
        best = self.best
        found = f"best {self.objective.metric} {best['value']:.4f}" if best else "no result yet"
        return f"<sweep {self._folder.name}: {len(self._folder.state().trials)} trials, {found}>"

    @property
    def spec(self) -> SweepSpec:
        """What was asked: space, data, seed, versions, command."""
        return self._folder.spec()

    @property
    def objective(self) -> Objective:
        return self.spec.space.objective

    @property
    def trials(self) -> pd.DataFrame:
        """One row a trial (see reports.analysis.tables.trials_table)."""
        return tables.trials_table(self._folder.state(), self.spec)

    @property
    def epochs(self) -> pd.DataFrame:
        """One row an epoch: trial, epoch, and each metric."""
        rows = [
            {"trial": trial.trial, "epoch": epoch, **event.metrics}
            for trial in self._folder.state().trials.values()
            for epoch, event in sorted(trial.epochs.items())
        ]
        return pd.DataFrame(rows)

    @property
    def best(self) -> dict[str, Any] | None:
        """The best trial: trial, epoch, value, settings, the command that trains it again; None without a result."""
        worth = search_worth(self._folder.state(), self.objective)
        if worth is None:
            return None
        return {
            "trial": worth.best.trial,
            "epoch": worth.best_epoch,
            "value": worth.best_value,
            "settings": self.spec.space.in_effect(worth.best.config),
            "command": train_again_command(self.spec, worth.best.config),
        }


class Figures:
    """The figures of a report, each a plotly figure."""

    def __init__(self, folder: SweepFolder) -> None:
        self._folder = folder

    def learning_curves(self) -> go.Figure:
        return self._figure("curves")

    def best_so_far(self) -> go.Figure:
        return self._figure("progress")

    def importance(self) -> go.Figure:
        return self._figure("importance")

    def knob_effects(self) -> go.Figure:
        return self._figure("effects")

    def knob_pair(self) -> go.Figure:
        return self._figure("pair")

    def parallel_coordinates(self) -> go.Figure:
        return self._figure("settings")

    def rungs(self) -> go.Figure:
        return self._figure("rungs")

    def timeline(self) -> go.Figure:
        return self._figure("timeline")

    def class_iou(self) -> go.Figure:
        return self._figure("classes")

    def confusion(self) -> go.Figure:
        return self._figure("confusion")

    def pareto(self) -> go.Figure:
        return self._figure("pareto")

    def _figure(self, name: str) -> go.Figure:
        """Drawn anew from the record.

        Raises:
            SweepError: this sweep has nothing to draw it from.
        """
        figures = Sections(self._folder).figures
        if name not in figures:
            raise SweepError(
                f"{self._folder.name} has nothing to draw that from; it has {', '.join(figures) or 'none'}"
            )
        return figures[name]
