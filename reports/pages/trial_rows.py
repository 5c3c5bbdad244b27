"""All trials of a sweep as a table of text, which a page lays out in parts. Knows no HTML."""

from __future__ import annotations

from reports.analysis.feasibility import ended_in_words
from reports.analysis.formatting import number, short
from reports.analysis.view import SweepView

ROWS_A_PAGE = 100  # more at once are slow to open, and nobody reads them


def trial_rows(view: SweepView) -> list[list[str]]:
    """One row a trial in the order of their starts: trial, how it ended, best value, at which epoch, epochs, and each
    searched knob, `-` where it is not in effect."""
    objective, rows = view.objective, []
    for trial in list(view.state.trials.values()):
        best, values = trial.best(objective.metric, objective.mode), view.spec.space.in_effect(trial.config)
        result = [number(best[1]), str(best[0])] if best else ["-", "-"]
        settings = [short(values[knob]) if knob in values else "-" for knob in view.spec.space.search]
        ended = ended_in_words(trial, view.state, objective)
        rows.append([trial.trial, ended, *result, str(max(trial.epochs, default=0)), *settings])
    return rows
