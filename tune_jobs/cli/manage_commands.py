"""Verbs that keep house: logs, other names, removal, the cache. Heavy packages are imported inside the verb."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tune_jobs.cli.app import SWEEPS, AsJson, Name, Storage, Yes, app, console
from tune_jobs.cli.completion import sweep_names


@app.command()
def logs(
    name: Name,
    trial: Annotated[str | None, typer.Option(help="one trial, with the whole text of its error")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on until the sweep ends")] = False,
    storage: Storage = SWEEPS,
) -> None:
    """Tell what happened in a sweep, line by line: starts, epochs, ends, errors, notes.

    Example: tune logs camvid --trial 0003
    """
    from tune_jobs.housekeeping.logs import log_lines
    from tune_jobs.launch_target import local_sweep

    folder, terminal = local_sweep(storage, name), console()
    for line in log_lines(folder, trial, follow=follow):
        terminal.print(line, highlight=False, soft_wrap=True)


@app.command()
def rename(
    name: Name,
    new: Annotated[str, typer.Argument(help="its name from now on", metavar="NEW")],
    storage: Storage = SWEEPS,
) -> None:
    """Give a sweep another name, also where its ablations and confirmations speak of it.

    Example: tune rename seg_unet camvid
    """
    from tune_jobs.housekeeping.rename import draw_pages_again
    from tune_jobs.housekeeping.rename import rename as run
    from tune_jobs.launch_target import local_sweep

    renamed = run(local_sweep(storage, name), new)
    with console().status("Drawing its pages again"):
        draw_pages_again(renamed)
    typer.echo(f"{name} is {new} now: {renamed.path}")


@app.command("rm")
def remove(
    names: Annotated[list[str], typer.Argument(help="sweeps (tune ls)", metavar="NAME...", autocompletion=sweep_names)],
    yes: Yes = False,
    storage: Storage = SWEEPS,
) -> None:
    """Remove sweeps with all that they have: record, weights, report, trainings. Asks first.

    Example: tune rm camvid camvid-2
    """
    from tune_jobs.housekeeping.remove import bytes_of, refuse_held, what_goes_with
    from tune_jobs.housekeeping.remove import remove as run
    from tune_jobs.launch_target import local_sweep
    from tune_jobs.progress import TerminalProgress
    from tune_jobs.storage.working_copy import place_of

    folders = [local_sweep(storage, name) for name in dict.fromkeys(names)]
    refuse_held(folders)
    for folder in folders:
        typer.echo(f"{place_of(folder)}: {bytes_of(folder.path) / 1e6:.1f} MB")
    for said in what_goes_with(folders):
        typer.echo(said)
    ask(f"Remove {'it' if len(folders) == 1 else f'these {len(folders)} sweeps'} for good?", yes=yes)
    for folder in folders:
        run(folder, TerminalProgress(console()))
        typer.echo(f"Removed {folder.name}.")


@app.command()
def cache(
    clear: Annotated[
        str | None, typer.Argument(help="clear deletes the decoded images; they are decoded again when needed")
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Say what this machine keeps beside the sweeps, and how much of it; `tune cache clear` deletes decoded images.

    Example: tune cache
    """
    from cnnmodels.data import default_cache
    from reports.records.errors import SweepError
    from tune_jobs.cli.tables.machine import show_cache
    from tune_jobs.cli.tables.printing import print_json
    from tune_jobs.housekeeping import decoded

    if clear not in (None, "clear"):
        raise SweepError(f"cache {clear}: use clear, or nothing")
    folder = default_cache()
    if clear is not None:
        ask("Delete the decoded images? Sweeps decode them again, from where their images lie.", yes=yes)
        freed = decoded.clear(folder)
        if not as_json:
            typer.echo(f"Freed {freed / 1e6:.1f} MB.")
    parts = decoded.parts_of(folder)
    if as_json:
        print_json({"cache": str(folder), "parts": [vars(part) for part in parts]})
    else:
        show_cache(folder, parts, console())


def ask(question: str, *, yes: bool) -> None:
    """Ask before something goes for good.

    Raises:
        SweepError: nobody is there to answer, and nobody said yes beforehand.
        typer.Abort: the answer was no.
    """
    from reports.records.errors import SweepError

    if yes:
        return
    if not _somebody_is_there():
        raise SweepError(f"{question} Nobody is there to answer: --yes says it beforehand")
    typer.confirm(question, abort=True)


def _somebody_is_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
