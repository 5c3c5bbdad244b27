"""What there was to beat, and whether the best trial beats it. Text for people."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from reports.analysis.formatting import number_or_dash, percent
from reports.analysis.summary import Worth
from reports.analysis.yardsticks import metrics_shown, standing, standing_sentence, yardsticks
from reports.records.spec import SweepSpec
from reports.records.state import SweepState
from tune_jobs.cli.tables.printing import table_of


def how_it_stands(spec: SweepSpec, state: SweepState, worth: Worth) -> str:
    """The best trial of a search, whether it beats the best yardstick, and by how much."""
    rows, metric = yardsticks(spec, state), spec.space.objective.metric
    sure = worth.confirmed
    if sure is not None:
        found = f"{metric} {sure.mean:z.4f} [{sure.low:z.4f}, {sure.high:z.4f}] over {sure.runs} fresh seeds"
        likely = f"the best with a probability of {percent(sure.probability)}"
        word = "Confirmed" if sure.decided else "Leading, not decided"
        return f"{word}: trial {sure.trial}, {found}; {likely} ({sure.by})."
    best = f"Best: trial {worth.best.trial}, {metric} {worth.best_value:z.4f} at epoch {worth.best_epoch}."
    return f"{best} {standing_sentence(worth, rows, standing(worth, rows, state, spec.space.objective))}"


def show_yardsticks(spec: SweepSpec, state: SweepState, worth: Worth | None, console: Console) -> None:
    """What doing nothing and the named trials give, below the best trial of a search."""
    rows, metrics = yardsticks(spec, state), metrics_shown(spec)
    if not rows:
        return
    table = table_of("", *metrics, padding=(0, 2))

    def add(name: str, values: Mapping[str, float | None]) -> None:
        table.add_row(Text(name), *(number_or_dash(values.get(metric)) for metric in metrics))

    if worth is not None and spec.is_search:
        add(f"the best trial ({worth.best.trial})", worth.best.epochs[worth.best_epoch].metrics)
    for row in rows:
        add(f"{row.name} ({row.trial})" if row.trial else row.name, row.metrics)
    console.print(table, highlight=False)
