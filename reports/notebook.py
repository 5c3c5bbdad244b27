"""A sweep in a notebook: tables as pandas, figures as plotly; both of what the record says at that moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from reports.analysis import tables
from reports.analysis.summary import search_worth, train_again_command
from reports.analysis.view import SweepView
from reports.analysis.yardsticks import metrics_shown, yardsticks
from reports.figures import FIGURES
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec
from search_spaces.schema import Objective


class Sweep:
    """One sweep, open for reading; each look at a running one shows what its record says by then.

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
        found = f"best {self.objective.metric} {best['value']:z.4f}" if best else "no result yet"
        return f"<sweep {self._folder.name}: {len(self._folder.state().trials)} trials, {found}>"

    @property
    def spec(self) -> SweepSpec:
        """What the sweep is to do: space, data, seed, versions, command."""
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
    def yardsticks(self) -> pd.DataFrame:
        """What there is to beat: doing nothing, and the configurations that people know by name; a row each with
        name, trial (none where nothing was trained) and the metrics of the task."""
        spec = self.spec
        rows = [
            {"name": row.name, "trial": row.trial, **{name: row.metrics.get(name) for name in metrics_shown(spec)}}
            for row in yardsticks(spec, self._folder.state())
        ]
        return pd.DataFrame(rows, columns=["name", "trial", *metrics_shown(spec)])

    @property
    def best(self) -> dict[str, Any] | None:
        """The best trial: trial, epoch, value, settings, the command that trains it again, and, where it was confirmed,
        its mean over fresh seeds and how sure it is to be the best; None without a result."""
        worth = search_worth(self._folder.state(), self.objective)
        if worth is None:
            return None
        return {
            "trial": worth.best.trial,
            "epoch": worth.best_epoch,
            "metric": self.objective.metric,
            "value": worth.best_value,
            "settings": self.spec.space.in_effect(worth.best.config),
            "command": train_again_command(self.spec, worth.best.config),
            "confirmed": worth.confirmed.model_dump(exclude={"event", "time", "trial"}) if worth.confirmed else None,
        }


class Figures:
    """The figures of a sweep by name, each a plotly figure drawn anew from what the record says at that moment.

    Those of the package have a method each; one that was added to the table (reports.figures.FIGURES) has its name too.

    >>> sweep.figures.names()  # doctest: +SKIP
    >>> sweep.figures.draw("rungs")  # doctest: +SKIP

    Raises:
        SweepError: this sweep has nothing to draw a figure from.
    """

    def __init__(self, folder: SweepFolder) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Every figure that there is; a sweep need not have what each is drawn from."""
        return list(FIGURES)

    def draw(self, name: str) -> go.Figure:
        """One figure by its name.

        Raises:
            SweepError: there is no such figure, or this sweep has nothing to draw it from.
        """
        if name not in FIGURES:
            raise SweepError(f"no figure called {name!r}; there are {', '.join(FIGURES)}")
        view = SweepView(self._folder)
        drawn = FIGURES[name].draw(view)
        if drawn is None:
            others = [other for other, figure in FIGURES.items() if figure.draw(view) is not None]
            raise SweepError(f"{self._folder.name} has nothing to draw that from; it has {', '.join(others) or 'none'}")
        return drawn

    def learning_curves(self) -> go.Figure:
        """The objective of every trial, epoch by epoch; the best and the default stand out."""
        return self.draw("learning_curves")

    def training_validation(self) -> go.Figure:
        """Loss and metric of the best trials, of training and of validation images."""
        return self.draw("training_validation")

    def best_so_far(self) -> go.Figure:
        """The best value against the epochs trained by all slots together, and against the minutes."""
        return self.draw("best_so_far")

    def tuning_curve(self) -> go.Figure:
        """The best of so many random trials that is to be expected, and its 90 % band."""
        return self.draw("tuning_curve")

    def rungs(self) -> go.Figure:
        """Who was cut at which rung, against what cut-off."""
        return self.draw("rungs")

    def timeline(self) -> go.Figure:
        """What each slot did when, in minutes since the launch."""
        return self.draw("timeline")

    def pareto(self) -> go.Figure:
        """The Pareto front of a sweep with two objectives."""
        return self.draw("pareto")

    def parallel_coordinates(self) -> go.Figure:
        """Every trial as a line through its settings to its result."""
        return self.draw("parallel_coordinates")

    def importance(self) -> go.Figure:
        """The share of each knob in what told good trials from the others (PED-ANOVA), with its 95 % interval."""
        return self.draw("importance")

    def knob_effects(self) -> go.Figure:
        """What each knob did: a panel a knob, with the means of its levels and their 95 % intervals."""
        return self.draw("knob_effects")

    def isolation(self) -> go.Figure:
        """The best trial at each setting of each knob, the other knobs being free."""
        return self.draw("isolation")

    def knob_pair(self) -> go.Figure:
        """The objective over the two knobs that seem most to act together."""
        return self.draw("knob_pair")

    def class_iou(self) -> go.Figure:
        """IoU of each class in the best trial and in the default configuration."""
        return self.draw("class_iou")

    def confusion(self) -> go.Figure:
        """The confusion matrix of a classification, truth by row."""
        return self.draw("confusion")

    def ablation(self) -> go.Figure:
        """What each setting of an ablation is worth, with its 95 % interval."""
        return self.draw("ablation")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *FIGURES})

    def __getattr__(self, name: str) -> Callable[[], go.Figure]:
        """A figure of the table that has no method above."""
        if name not in FIGURES:
            raise AttributeError(f"no figure called {name!r}; there are {', '.join(FIGURES)}")
        return partial(self.draw, name)
