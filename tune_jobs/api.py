"""The Python API: `import tune_jobs`, then `tune_jobs.launch("seg_unet")`. What the command does, as functions.

Silent unless `progress=True`; errors are raised (`tune_jobs.UserError`), never printed. A sweep may be run in any
thread; Ctrl-C, where the main thread runs it, raises KeyboardInterrupt once the sweep has ended in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnmodels.errors import UserError
from reports.records import folder as folders
from tune_jobs import driver, planning
from tune_jobs.cost_estimate import CostEstimate
from tune_jobs.launch_options import LaunchOptions, override
from tune_jobs.launch_target import local_sweep
from tune_jobs.private_files import files_are_ours
from tune_jobs.storage.working_copy import local_copy
from tune_jobs.sweep_object import Sweep, command_of, path_of, progress_of, run_call

__all__ = ["CostEstimate", "Sweep", "UserError", "launch", "list_sweeps", "open", "plan"]


def launch(
    space: str | Path,
    *,
    data: str | Path | None = None,
    name: str | None = None,
    preset: str | None = None,
    trials: int | None = None,
    time_limit: str | float | None = None,
    seed: int = 0,
    overrides: Mapping[str, Any] | Sequence[str] = (),
    constraints: Sequence[str] = (),
    weights: str | Path | None = None,
    skip_broken: bool = False,
    log: Sequence[str] = (),
    warm_start: Sequence[str] = (),
    storage: str | Path = "sweeps",
    address: str | None = None,
    wait_for_nodes: str | float | None = None,
    progress: bool = False,
) -> Sweep:
    """Run a sweep to its end and write its report.

    Args:
        space: a packaged space (`tune spaces` lists them), or the path of a YAML file of your own.
        data: folder of images; without it, a generated set.
        name: of the sweep; without it, that of the space.
        preset: size of the sweep: quick, standard or thorough.
        trials: configurations to try.
        time_limit: end after so long: seconds, or a text such as `30m`; without a preset, trials and
            `budget.max_epochs` it decides on both.
        seed: of the search and of every trial, 0 or more.
        overrides: changes of any value of the space: `{"fixed.width": 32}`, or texts as `--set` takes them.
        constraints: what a trial must keep to, to be the best: `["parameters<=2e6"]`; they stand instead of the file's.
        weights: file of ResNet-18 weights for a transfer network.
        skip_broken: leave out images that cannot be read.
        log: other tools to tell: tensorboard, mlflow.
        warm_start: names of earlier sweeps: their best configurations are tried first, and trials that this space
            holds, of the same images, are told to the sampler.
        storage: where sweeps are kept: a folder, or a URI such as `s3://bucket/sweeps`.
        address: a Ray cluster to run on: `auto`, or host:port; without it, this machine.
        wait_for_nodes: pause after so long without a node that has room: seconds, or a text; without it, an hour.
        progress: show how it gets on: a live table in a terminal, else a line a trial.

    Returns:
        The sweep; `outcome` says how it ended.

    Raises:
        UserError: something that was given cannot work; no sweep was begun.
        KeyboardInterrupt: Ctrl-C; the sweep has ended in order and can be resumed.
    """
    options = LaunchOptions(
        space=space,
        data=path_of(data),
        name=name,
        preset=preset,
        trials=trials,
        time_limit=time_limit,
        seed=seed,
        overrides=_overrides(overrides),
        constraint=(constraints,) if isinstance(constraints, str) else tuple(constraints),
        weights=path_of(weights),
        skip_broken=skip_broken,
        log=tuple(log),
        warm_start=tuple(warm_start),
        storage=str(storage),
        address=address,
        wait_for_nodes=wait_for_nodes,
    )
    return run_call(lambda: driver.launch(options, progress_of(progress), command=command_of(options.words())))


def plan(
    space: str | Path,
    *,
    data: str | Path | None = None,
    preset: str | None = None,
    trials: int | None = None,
    time_limit: str | float | None = None,
    overrides: Mapping[str, Any] | Sequence[str] = (),
    constraints: Sequence[str] = (),
    weights: str | Path | None = None,
    storage: str | Path = "sweeps",
    address: str | None = None,
    progress: bool = False,
) -> CostEstimate:
    """What a sweep would cost: slots, epochs, time, disk. An epoch is measured in all slots at once; nothing is kept.

    The arguments are those of `launch`.

    Raises:
        UserError: it could not be run.
    """
    options = LaunchOptions(
        space=space,
        data=path_of(data),
        preset=preset,
        trials=trials,
        time_limit=time_limit,
        overrides=_overrides(overrides),
        constraint=(constraints,) if isinstance(constraints, str) else tuple(constraints),
        weights=path_of(weights),
        storage=str(storage),
        address=address,
    )
    with files_are_ours():
        return planning.plan(options, progress_of(progress))


def open(path: str | Path) -> Sweep:  # noqa: A001  # reads as `tune_jobs.open`
    """A sweep that is there already, be it running or ended.

    Args:
        path: its folder, such as `sweeps/camvid`, or its URI, such as `s3://bucket/sweeps/camvid`.

    Raises:
        UserError: there is no such sweep.
    """
    storage, _, name = str(path).rstrip("/").rpartition("/")
    return Sweep(local_sweep(storage or ("/" if str(path).startswith("/") else "."), name).path)


def list_sweeps(storage: str | Path = "sweeps") -> list[Sweep]:
    """The sweeps of a folder, or of a URI, by name.

    Raises:
        UserError: the URI cannot be used, or does not answer.
    """
    return [Sweep(found.path) for found in folders.list_sweeps(local_copy(str(storage)))]


def _overrides(given: Mapping[str, Any] | Sequence[str]) -> tuple[str, ...]:
    if isinstance(given, Mapping):
        return tuple(override(key, value) for key, value in given.items())
    return (given,) if isinstance(given, str) else tuple(given)
