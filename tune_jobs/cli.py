"""The `tune` command: one short function a verb. Heavy packages are imported inside the verb that needs them."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(
    name="tune",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find the best training recipe for a vision CNN.\n\nExample: tune launch seg_unet",
)

Storage = Annotated[
    Path, typer.Option(envvar="CNN_TUNE_STORAGE", help="folder that holds the sweeps", show_default="./sweeps")
]
Name = Annotated[str, typer.Argument(help="name of a sweep (tune ls)")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON, for other programs")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="change any value of the space, e.g. --set search.lr.default=1e-4"),
]
Trials = Annotated[int | None, typer.Option(help="configurations to try, all together")]
TimeLimit = Annotated[str | None, typer.Option(help="end after so long: seconds, or 90s, 30m, 2h")]
_SWEEPS = Path("sweeps")
_WIDTH_IN_A_LOG = 200  # columns; a pipe has no width of its own, and cutting a table short helps nobody


@app.command()
def launch(
    space: Annotated[str, typer.Argument(help="a packaged space (tune spaces), or the path of your own YAML file")],
    data: Annotated[Path | None, typer.Option(help="folder of images; without it, a generated set")] = None,
    name: Annotated[str | None, typer.Option(help="name of the sweep; without it, that of the space")] = None,
    trials: Trials = None,
    time_limit: TimeLimit = None,
    seed: Annotated[int, typer.Option(min=0, help="seed of the search and of every trial")] = 0,
    overrides: Overrides = None,
    weights: Annotated[Path | None, typer.Option(help="file of ResNet-18 weights for a transfer network")] = None,
    skip_broken: Annotated[bool, typer.Option("--skip-broken", help="leave out images that cannot be read")] = False,
    storage: Storage = _SWEEPS,
) -> None:
    """Run a sweep and write its report.

    Example: tune launch seg_unet --data photos/camvid --name camvid --trials 40
    """
    from search_spaces.loading import load
    from tune_jobs.launching import Where
    from tune_jobs.launching import launch as run

    given = [f"data.path={_yaml_text(str(data.resolve()))}"] if data is not None else []
    given += [f"fixed.backbone={_yaml_text(str(weights.resolve()))}"] if weights is not None else []
    given += ["data.skip_broken=true"] if skip_broken else []
    given += [f"budget.trials={trials}"] if trials is not None else []
    given += [f"budget.time_limit={time_limit}"] if time_limit is not None else []
    checked = load(space, [*(overrides or []), *given])
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    source = str(Path(space).resolve()) if Path(space).suffix in {".yaml", ".yml"} else space
    code = run(checked, Where.of(storage), _console(), source=source, name=name, seed=seed, command=command)
    raise typer.Exit(code)


@app.command()
def resume(name: Name, trials: Trials = None, time_limit: TimeLimit = None, storage: Storage = _SWEEPS) -> None:
    """Go on with a sweep that was interrupted, or extend a finished one.

    Example: tune resume camvid --trials 40
    """
    from reports.sweep_folder import find_sweep
    from search_spaces.schema import seconds
    from tune_jobs.errors import SweepError
    from tune_jobs.launching import Where
    from tune_jobs.launching import resume as run

    folder = find_sweep(storage, name)
    try:
        limit = seconds(time_limit)
    except ValueError as error:
        raise SweepError(f"--time-limit {time_limit}: {error}") from None
    raise typer.Exit(run(folder, Where.of(storage), _console(), trials=trials, time_limit=limit))


@app.command()
def ablate(
    name: Name,
    seeds: Annotated[int, typer.Option(min=1, help="repeats of each variant, with seeds 0, 1, ...")] = 3,
    ladder: Annotated[bool, typer.Option("--ladder", help="add the best settings one by one to the default")] = False,
    storage: Storage = _SWEEPS,
) -> None:
    """Take a sweep's best configuration apart: which of its settings earn their place?

    Example: tune ablate camvid --seeds 5
    """
    from reports.sweep_folder import find_sweep
    from tune_jobs.launching import Where
    from tune_jobs.launching import ablate as run

    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    folder = find_sweep(storage, name)
    raise typer.Exit(run(folder, Where.of(storage), _console(), seeds=seeds, ladder=ladder, command=command))


@app.command()
def data(
    path: Annotated[Path, typer.Argument(help="a folder of images")],
    task: Annotated[
        str | None, typer.Option(help="classification, segmentation or colorization, if it is not clear")
    ] = None,
    fetch: Annotated[str | None, typer.Option("--download", help="fetch a public set into it first: voc2007")] = None,
    as_json: AsJson = False,
) -> None:
    """Look at a folder of images: layout, splits, classes, broken files, a contact sheet.

    Example: tune data photos/camvid
    """
    from tune_jobs.showing import show_data

    if fetch is not None:
        from cnnmodels.data.download import download

        download(fetch, path)
    show_data(path, task, _console(), as_json=as_json)


@app.command("ls")
def list_all(as_json: AsJson = False, storage: Storage = _SWEEPS) -> None:
    """List the sweeps of a storage folder.

    Example: tune ls --json
    """
    from tune_jobs.showing import show_all

    show_all(storage, _console(), as_json=as_json)


@app.command()
def show(name: Name, as_json: AsJson = False, storage: Storage = _SWEEPS) -> None:
    """Show one sweep: its best trials, what runs, what failed.

    Example: tune show camvid
    """
    from reports.sweep_folder import find_sweep
    from tune_jobs.showing import show_one

    show_one(find_sweep(storage, name), _console(), as_json=as_json)


@app.command()
def report(name: Name, as_json: AsJson = False, storage: Storage = _SWEEPS) -> None:
    """Write a sweep's report again from its record; the path of the HTML file.

    Example: tune report camvid
    """
    from reports.page import write_report
    from reports.sweep_folder import find_sweep
    from tune_jobs.showing import print_json

    path = write_report(find_sweep(storage, name))
    if as_json:
        print_json({"report": str(path)})
    else:
        typer.echo(str(path))


@app.command()
def stop(name: Name, storage: Storage = _SWEEPS) -> None:
    """Ask a running sweep to end; its running trials can be resumed.

    Example: tune stop camvid
    """
    from reports.sweep_folder import find_sweep
    from tune_jobs.stopping import stop_sweep

    stop_sweep(find_sweep(storage, name), _console())


@app.command()
def spaces(
    space: Annotated[str | None, typer.Argument(help="a packaged space, or a path; without it, all are listed")] = None,
    as_json: AsJson = False,
    json_schema: Annotated[bool, typer.Option("--json-schema", help="print the JSON schema of such a file")] = False,
    overrides: Overrides = None,
) -> None:
    """List the packaged search spaces, or explain one, knob by knob.

    Example: tune spaces seg_unet
    """
    from tune_jobs.showing import explain_space, list_spaces, print_json

    if json_schema:
        from search_spaces.schema import SearchSpace

        print_json(SearchSpace.model_json_schema())
    elif space is None:
        list_spaces(_console(), as_json=as_json)
    else:
        explain_space(space, overrides or [], _console(), as_json=as_json)


@app.command()
def doctor(as_json: AsJson = False, storage: Storage = _SWEEPS) -> None:
    """Tell who owns the `tune` command, the versions, the devices and the free memory.

    Example: tune doctor
    """
    from tune_jobs.doctor import diagnose
    from tune_jobs.showing import print_json, show_diagnosis

    diagnosis = diagnose(storage)
    if as_json:
        print_json(diagnosis.model_dump())
    else:
        show_diagnosis(diagnosis, _console())


def main() -> None:
    """The command's entry point: an error that a user can mend is one line and exit code 2, a bug shows itself."""
    os.umask(0o077)  # sweeps and caches are their owner's
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if not _is_for_people(error):
            raise
        sys.stderr.write(f"tune: {error}\n")
        sys.exit(2)


def _is_for_people(error: Exception) -> bool:
    from cnnmodels.errors import UserError
    from reports.record import RecordError
    from reports.sweep_folder import SweepError

    return isinstance(error, UserError | RecordError | SweepError)


def _console() -> Console:
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _WIDTH_IN_A_LOG)


def _yaml_text(text: str) -> str:
    """Any text as a YAML value."""
    import json

    return json.dumps(text)
