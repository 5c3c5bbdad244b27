"""The packaged search spaces, or one of any kind, knob by knob. Text for people, or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tune_jobs.cli.tables.printing import print_json, table_of
from tune_jobs.formatting import counted, short

if TYPE_CHECKING:
    from search_spaces.schema import SearchSpace


def list_spaces(console: Console, *, as_json: bool) -> None:
    """The packaged search spaces."""
    from search_spaces.loading import load, packaged

    spaces = [load(name) for name in packaged()]
    if as_json:
        print_json([{"name": space.name, "task": space.task, "description": space.description} for space in spaces])
        return
    table = table_of("space", "task", "knobs", "trials", "description")
    for space in spaces:
        table.add_row(space.name, space.task, str(len(space.search)), str(space.budget.trials), space.description)
    console.print(table)


def explain_space(name: str, overrides: list[str], console: Console, *, as_json: bool) -> None:
    """One search space, knob by knob."""
    from cnnmodels.config import describe
    from search_spaces.loading import load
    from search_spaces.widening import default_at_an_end

    space = load(name, overrides)
    if as_json:
        print_json(space.as_written())
        return
    console.print(_heading(space), highlight=False, soft_wrap=True)
    table = Table.grid(padding=(0, 3, 0, 0))
    for knob, parameter in space.search.items():
        when = " and ".join(f"{other} is {_or(values)}" for other, values in parameter.when.items())
        only = f"; counts only when {when}" if when else ""
        table.add_row(knob, f"{parameter.in_words()} (default {short(space.default_of(knob))}){only}")
        table.add_row("", Text(describe(knob, space.model), style="dim"))
    for knob, value in space.fixed.items():
        table.add_row(knob, f"fixed at {short(value)}")
        table.add_row("", Text(describe(knob, space.model), style="dim"))
    console.print(table, highlight=False)
    for label, values in space.named.items():
        settings = ", ".join(f"{knob} {short(value)}" for knob, value in values.items())
        console.print(f"Tried right behind the default, as `{label}`: {settings}.", highlight=False, soft_wrap=True)
    for line in default_at_an_end(space):
        console.print(f"Warning: {line}", highlight=False, soft_wrap=True, markup=False)
    console.print("Change any of it with --set, for example --set search.lr.default=1e-4", highlight=False)


def _heading(space: SearchSpace) -> str:
    what = space.description or f"{space.model} for {space.task}"
    aims = [f"{one.metric} as {'large' if one.mode == 'max' else 'small'}" for one in space.objectives]
    budget = space.budget
    return (
        f"{space.name}: {what.rstrip('.')}. Makes {' and '.join(aims)} as it can, in "
        f"{counted(budget.trials, 'trial')} of at most {counted(budget.max_epochs, 'epoch')}, "
        f"{budget.pruning_in_words()}."
    )


def _or(values: Any) -> str:
    return " or ".join(map(short, values)) if isinstance(values, list) else short(values)
