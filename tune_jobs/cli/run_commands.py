"""Verbs that run sweeps. Heavy packages are imported inside the verb that needs them."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from tune_jobs.cli.app import (
    SWEEPS,
    Address,
    Name,
    Overrides,
    Storage,
    Submit,
    TimeLimit,
    Trials,
    app,
    console,
    local_copy,
    local_sweep,
)


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
    log: Annotated[
        list[str] | None, typer.Option("--log", help="tell another tool as well: tensorboard, mlflow (repeatable)")
    ] = None,
    storage: Storage = SWEEPS,
    address: Address = None,
    submit: Submit = None,
) -> None:
    """Run a sweep and write its report.

    Example: tune launch seg_unet --data photos/camvid --name camvid --trials 40
    """
    from search_spaces.loading import load
    from tune_jobs.driver import Where
    from tune_jobs.driver import launch as run

    given = _given(data=data, weights=weights, trials=trials, time_limit=time_limit)
    given += ["data.skip_broken=true"] if skip_broken else []
    checked = load(space, [*(overrides or []), *given])
    own_file = Path(space) if Path(space).suffix in {".yaml", ".yml"} else None
    if submit is not None:
        words = ["launch", f"./{own_file.name}" if own_file else space, "--name", name or checked.name]
        words += ["--data", str(data)] if data else []
        words += ["--weights", str(weights)] if weights else []
        words += ["--trials", str(trials)] if trials else []
        words += ["--time-limit", time_limit] if time_limit else []
        words += ["--seed", str(seed), *(["--skip-broken"] if skip_broken else [])]
        words += [word for one in overrides or [] for word in ("--set", one)]
        words += [word for one in log or [] for word in ("--log", one)]
        _send(submit, words, name or checked.name, storage=storage, data=data, space=own_file)
        return
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    source = str(own_file.resolve()) if own_file else space
    where = Where.of(local_copy(storage), address)
    raise typer.Exit(
        run(checked, where, console(), source=source, name=name, seed=seed, command=command, log=log or [])
    )


@app.command()
def plan(
    space: Annotated[str, typer.Argument(help="a packaged space (tune spaces), or the path of your own YAML file")],
    data: Annotated[Path | None, typer.Option(help="folder of images; without it, a generated set")] = None,
    trials: Trials = None,
    overrides: Overrides = None,
    weights: Annotated[Path | None, typer.Option(help="file of ResNet-18 weights for a transfer network")] = None,
    storage: Storage = SWEEPS,
    address: Address = None,
) -> None:
    """Say what a sweep would cost: slots, epochs, time, disk; one epoch is measured, nothing is kept.

    Example: tune plan seg_unet --data photos/camvid --trials 100
    """
    from search_spaces.loading import load
    from tune_jobs.cli.tables.cost import show_plan
    from tune_jobs.driver import Where
    from tune_jobs.driver import plan as run

    given = _given(data=data, weights=weights, trials=trials)
    where, terminal = Where.of(local_copy(storage), address), console()
    show_plan(run(load(space, [*(overrides or []), *given]), where, terminal), where.storage, terminal)


@app.command()
def resume(
    name: Name,
    trials: Trials = None,
    time_limit: TimeLimit = None,
    storage: Storage = SWEEPS,
    address: Address = None,
    submit: Submit = None,
) -> None:
    """Go on with a sweep that was interrupted, or extend a finished one.

    Example: tune resume camvid --trials 40
    """
    from reports.records.errors import SweepError
    from search_spaces.schema import seconds
    from tune_jobs.driver import Where
    from tune_jobs.driver import resume as run

    if submit is not None:
        words = ["resume", name, *(["--trials", str(trials)] if trials else [])]
        words += ["--time-limit", time_limit] if time_limit else []
        _send(submit, words, name, storage=storage, data=None, space=None)
        return
    folder = local_sweep(storage, name)
    try:
        limit = seconds(time_limit)
    except ValueError as error:
        raise SweepError(f"--time-limit {time_limit}: {error}") from None
    raise typer.Exit(run(folder, Where.of(folder.path.parent, address), console(), trials=trials, time_limit=limit))


@app.command()
def ablate(
    name: Name,
    seeds: Annotated[int, typer.Option(min=1, help="repeats of each variant, with seeds 0, 1, ...")] = 3,
    ladder: Annotated[bool, typer.Option("--ladder", help="add the best settings one by one to the default")] = False,
    storage: Storage = SWEEPS,
    address: Address = None,
) -> None:
    """Take a sweep's best configuration apart: which of its settings earn their place?

    Example: tune ablate camvid --seeds 5
    """
    from tune_jobs.driver import Where
    from tune_jobs.driver import ablate as run

    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    folder = local_sweep(storage, name)
    where = Where.of(folder.path.parent, address)
    raise typer.Exit(run(folder, where, console(), seeds=seeds, ladder=ladder, command=command))


@app.command()
def stop(name: Name, storage: Storage = SWEEPS, submit: Submit = None) -> None:
    """Ask a running sweep to end; its running trials can be resumed.

    Example: tune stop camvid
    """
    from tune_jobs.cli.stop import stop_sweep

    if submit is not None:
        from tune_jobs.cluster.ray_jobs import job_of
        from tune_jobs.cluster.ray_jobs import stop as stop_job

        stop_job(submit, job_of(submit, name))
        typer.echo(f"Asked the job of {name} to end; tune show {name} --submit {submit}")
        return
    stop_sweep(local_sweep(storage, name), console())


def _send(address: str, words: list[str], sweep: str, *, storage: str, data: Path | None, space: Path | None) -> None:
    from tune_jobs.cluster.ray_jobs import submit

    job = submit(address, words, sweep, storage=storage, data=data, space=space)
    typer.echo(f"Sent {sweep} as job {job}. Follow it: tune show {sweep} --submit {address}")


def _given(*, data: Path | None, weights: Path | None, trials: int | None, time_limit: str | None = None) -> list[str]:
    """Options that stand for values of the space, as overrides of it."""
    given = [f"data.path={_yaml_text(str(data.resolve()))}"] if data is not None else []
    given += [f"fixed.backbone={_yaml_text(str(weights.resolve()))}"] if weights is not None else []
    given += [f"budget.trials={trials}"] if trials is not None else []
    given += [f"budget.time_limit={time_limit}"] if time_limit is not None else []
    return given


def _yaml_text(text: str) -> str:
    """Any text as a YAML value."""
    import json

    return json.dumps(text)
