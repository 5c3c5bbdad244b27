"""A sweep whose folder is held, from its first trial to its report: Ray, the trials, what is drawn at their end."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from reports.analysis.changed_space import what_changed, what_counts_on
from reports.records.folder import SweepFolder
from reports.records.record import SpaceChanged
from reports.records.spec import SweepSpec
from tune_jobs.cluster.cluster import Cluster, connect, prepare
from tune_jobs.cluster.own_ray import exit_on_sigterm
from tune_jobs.finish import finish_sweep, ready_to_finish
from tune_jobs.last_resort import LastResort
from tune_jobs.launch_target import LaunchTarget
from tune_jobs.own_code import keep_code, kept_code
from tune_jobs.progress import Progress, Watch
from tune_jobs.resources.slots import idle_share, workers_ahead
from tune_jobs.search.stop_conditions import Outcome
from tune_jobs.storage.checkpoints import SweepCheckpoints
from tune_jobs.storage.mirror import mirrored
from tune_jobs.storage.object_storage import first_line
from tune_jobs.storage.sweep_folders import rewrite_spec
from tune_jobs.storage.working_copy import place_of

if TYPE_CHECKING:
    from tune_jobs.sweep import Ending


@dataclass(frozen=True)
class SweepResult:
    """How a launch or a resume ended."""

    folder: SweepFolder
    outcome: Outcome
    paused_by: str | None  # what is wrong with the storage or the cluster; also where only the sending of files failed
    missing: tuple[str, ...] = ()  # which pictures and pages could not be drawn at its end, and why


def run_to_end(
    folder: SweepFolder,
    spec: SweepSpec,
    target: LaunchTarget,
    progress: Progress,
    *,
    trials: int,
    time_limit: float | None,
    changes: Sequence[str | SpaceChanged] = (),
    joining: AbstractContextManager[Cluster] | None = None,
) -> SweepResult:
    """Run a sweep whose folder this process holds until it has so many trials, or something else ends it; on the
    target's own cluster, or on one that this process has joined already."""
    idle = idle_share(spec.space.resources)
    if idle:
        progress.say(f"resources.gpus: {idle}")
    progress.begins(folder, spec, trials)
    exit_on_sigterm()
    keep_code(folder, spec)
    with mirrored(folder) as mirror:
        if changes:
            for change in changes:
                for line in [change] if isinstance(change, str) else (what_changed(change), what_counts_on(change)):
                    progress.say(f"{line}.")
            rewrite_spec(folder, spec, changes)
        with progress.doing("Starting Ray" if target.address is None else "Joining the cluster"):
            ending = _run_trials(
                folder,
                spec,
                target,
                ready_to_finish(progress.watch(spec)),
                trials=trials,
                time_limit=time_limit,
                joining=joining,
            )
        outcome, paused_by = ending.outcome, ending.paused_by
        if paused_by is None and outcome not in ("SIGINT", "SIGTERM"):
            paused_by = _fetched(folder)
        missing: tuple[str, ...] = ()
        if paused_by is None:
            missing = finish_sweep(folder, spec, outcome, target.cache, progress, ending.undrawn)
        else:
            outcome = "paused"
    return SweepResult(folder, outcome, paused_by or (mirror.unsent if mirror else None), missing)


def _run_trials(
    folder: SweepFolder,
    spec: SweepSpec,
    target: LaunchTarget,
    watch: Watch,
    *,
    trials: int,
    time_limit: float | None,
    joining: AbstractContextManager[Cluster] | None,
) -> Ending:
    """Start or join what the trials run on, run them, and leave it."""
    prepare(target.address)
    ahead = partial(workers_ahead, spec.space.resources, trials)
    joining = joining or connect(target.address, kept_code(folder, spec), ahead)
    with LastResort() as last_resort, joining as cluster:
        from tune_jobs.sweep import run_sweep  # it needs Ray Tune, which is imported while Ray starts

        return run_sweep(
            folder,
            spec,
            trials=trials,
            cluster=cluster,
            last_resort=last_resort,
            cache=target.cache,
            watch=watch,
            time_limit=time_limit,
            wait_for_nodes=target.wait_for_nodes,
        )


def _fetched(folder: SweepFolder) -> str | None:
    """Bring the best weights here, for the report's pictures; why that failed."""
    try:
        SweepCheckpoints(folder).fetch_best()
    except OSError as error:
        return f"{place_of(folder)}: {first_line(error)}"
    return None
