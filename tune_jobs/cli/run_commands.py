"""Verbs that run sweeps. Heavy packages are imported inside the verb that needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tune_jobs.cli.app import (
    SWEEPS,
    Address,
    AsJson,
    Constraints,
    MovedData,
    Name,
    Overrides,
    PlannedTime,
    Preset,
    Quiet,
    Storage,
    Submit,
    TimeLimit,
    Trials,
    WaitForNodes,
    app,
    console,
)
from tune_jobs.cli.completion import space_names, sweep_names
from tune_jobs.cli.targets import ThisMachine, target
from tune_jobs.confirm_options import ConfirmOptions
from tune_jobs.launch_options import LaunchOptions, ResumeOptions

Space = Annotated[
    str,
    typer.Argument(
        help="a packaged space (tune spaces), or the path of your own YAML file", autocompletion=space_names
    ),
]
Data = Annotated[Path | None, typer.Option(help="folder of images; without it, a generated set")]
Weights = Annotated[Path | None, typer.Option(help="file of ResNet-18 weights for a transfer network")]


@app.command()
def launch(
    space: Space,
    data: Data = None,
    name: Annotated[str | None, typer.Option(help="name of the sweep; without it, that of the space")] = None,
    preset: Preset = None,
    trials: Trials = None,
    time_limit: PlannedTime = None,
    seed: Annotated[int, typer.Option(min=0, help="seed of the search and of every trial")] = 0,
    overrides: Overrides = None,
    constraints: Constraints = None,
    weights: Weights = None,
    skip_broken: Annotated[bool, typer.Option("--skip-broken", help="leave out images that cannot be read")] = False,
    log: Annotated[
        list[str] | None, typer.Option("--log", help="tell another tool as well: tensorboard, mlflow (repeatable)")
    ] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="then confirm the winner, as tune confirm does")] = False,
    warm_start: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SWEEP",
            help="an earlier sweep: its best is tried first, its trials are learnt from",
            autocompletion=sweep_names,
        ),
    ] = None,
    quiet: Quiet = False,
    storage: Storage = SWEEPS,
    address: Address = None,
    wait_for_nodes: WaitForNodes = None,
    submit: Submit = None,
) -> None:
    """Run a sweep and write its report.

    Example: tune launch seg_unet --data photos/camvid --name camvid --trials 40
    """
    options = LaunchOptions(
        space=space,
        data=data,
        name=name,
        preset=preset,
        trials=trials,
        time_limit=time_limit,
        seed=seed,
        overrides=tuple(overrides or ()),
        constraint=tuple(constraints or ()),
        weights=weights,
        skip_broken=skip_broken,
        log=tuple(log or ()),
        confirm=confirm,
        warm_start=tuple(warm_start or ()),
        storage=storage,
        address=address,
        wait_for_nodes=wait_for_nodes,
    )
    raise typer.Exit(target(storage, submit, address, wait_for_nodes, quiet=quiet).launch(options))


@app.command()
def plan(
    space: Space,
    data: Data = None,
    preset: Preset = None,
    trials: Trials = None,
    time_limit: PlannedTime = None,
    overrides: Overrides = None,
    constraints: Constraints = None,
    weights: Weights = None,
    as_json: AsJson = False,
    storage: Storage = SWEEPS,
    address: Address = None,
) -> None:
    """Say what a sweep would cost: slots, epochs, time, disk; an epoch is measured in all slots at once.

    Example: tune plan seg_unet --data photos/camvid --trials 100
    """
    from tune_jobs.cli.tables.cost import plan_as_dict, show_plan
    from tune_jobs.cli.tables.printing import print_json
    from tune_jobs.planning import plan as run
    from tune_jobs.progress import SilentProgress, TerminalProgress
    from tune_jobs.storage.working_copy import folder_of

    options = LaunchOptions(
        space=space,
        data=data,
        preset=preset,
        trials=trials,
        time_limit=time_limit,
        overrides=tuple(overrides or ()),
        constraint=tuple(constraints or ()),
        weights=weights,
        storage=storage,
        address=address,
    )
    if as_json:
        print_json(plan_as_dict(run(options, SilentProgress())))
        return
    terminal = console()
    show_plan(run(options, TerminalProgress(terminal)), folder_of(storage), terminal)


@app.command()
def resume(
    name: Name,
    trials: Trials = None,
    time_limit: TimeLimit = None,
    space: Annotated[
        str | None,
        typer.Option(help="go on over another space; trials outside it count no more", autocompletion=space_names),
    ] = None,
    widen: Annotated[
        list[str] | None,
        typer.Option(metavar="KNOB", help="make its range wider at the end that the best value lies at (repeatable)"),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="train the best trials, and the default, for so many epochs")
    ] = None,
    best: Annotated[int, typer.Option(min=1, help="how many of the best --epochs trains")] = 3,
    data: MovedData = None,
    quiet: Quiet = False,
    storage: Storage = SWEEPS,
    address: Address = None,
    wait_for_nodes: WaitForNodes = None,
    submit: Submit = None,
) -> None:
    """Go on with a sweep that was interrupted, or extend a finished one.

    Example: tune resume camvid --trials 40
    """
    options = ResumeOptions(
        trials=trials,
        time_limit=time_limit,
        space=space,
        widen=tuple(widen or ()),
        epochs=epochs,
        best=best,
        data=data,
    )
    raise typer.Exit(target(storage, submit, address, wait_for_nodes, quiet=quiet).resume(name, options))


@app.command()
def confirm(
    name: Name,
    top: Annotated[int, typer.Option(help="candidates at most: the best that cannot be told apart")] = 5,
    seeds: Annotated[int, typer.Option(help="runs for each candidate on average; they go where they decide")] = 5,
    indifference: Annotated[
        float | None,
        typer.Option(
            help="a difference of the metric that you would not care about",
            show_default="0.005; PSNR 0.05; a metric of your own 0.5 %",
        ),
    ] = None,
    data: MovedData = None,
    storage: Storage = SWEEPS,
    address: Address = None,
    wait_for_nodes: WaitForNodes = None,
) -> None:
    """Find out which configuration of a sweep is the best, with fresh seeds; then measure it on the test images.

    Example: tune confirm camvid
    """
    raise typer.Exit(
        ThisMachine(storage, address, wait_for_nodes).confirm(name, ConfirmOptions(top, seeds, indifference), data=data)
    )


@app.command()
def ablate(
    name: Name,
    seeds: Annotated[int, typer.Option(min=1, help="repeats of each variant; intervals are wide below 5")] = 3,
    ladder: Annotated[bool, typer.Option("--ladder", help="add the best settings one by one to the default")] = False,
    data: MovedData = None,
    storage: Storage = SWEEPS,
    address: Address = None,
    wait_for_nodes: WaitForNodes = None,
) -> None:
    """Take a sweep's best configuration apart: which of its settings earn their place?

    Example: tune ablate camvid --seeds 5
    """
    raise typer.Exit(ThisMachine(storage, address, wait_for_nodes).ablate(name, seeds=seeds, ladder=ladder, data=data))


@app.command()
def stop(name: Name, storage: Storage = SWEEPS, submit: Submit = None) -> None:
    """Ask a running sweep to end; its running trials can be resumed.

    Example: tune stop camvid
    """
    target(storage, submit).stop(name)
