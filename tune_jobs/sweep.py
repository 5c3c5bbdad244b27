"""A sweep, from a search space to a finished record. The place to read first.

    SearchSpace --scheduler--> trials --Ray Tune--> reports --scheduler--> record.jsonl --> report.html

Ray Tune runs the trials; the SweepScheduler gives them out, hears each epoch, records it, and decides. Whatever dies,
the record holds what was learnt, and a resume is this same function over the same folder.
"""

from __future__ import annotations

import contextlib
import math
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ray import tune

from cnnmodels.metric_table import LATENCY
from reports.records.folder import SweepFolder
from reports.records.record import SweepEnded
from reports.records.spec import SweepSpec
from reports.records.state import SweepState
from search_spaces.budget import Budget
from tune_jobs.cluster.cluster import Cluster, Node
from tune_jobs.cluster.gpus import gpu_resource, visible_gpus
from tune_jobs.cluster.lean_ray import environment_of_this_process, no_usage_tags
from tune_jobs.cluster.node_checks import check_nodes
from tune_jobs.errors import EXIT_PAUSED, EXIT_SIGINT, EXIT_SIGTERM
from tune_jobs.gallery import draw_gallery
from tune_jobs.last_resort import Exit, LastResort
from tune_jobs.own_code import kept_code
from tune_jobs.progress import Watch
from tune_jobs.resources.fair_share import FairShare
from tune_jobs.resources.gpu_share import gpu_share
from tune_jobs.resources.slot_allocator import SlotAllocator
from tune_jobs.resources.slots import Slots, allocate
from tune_jobs.search.messages import NO_ROOM, ROOM
from tune_jobs.search.scheduler import SweepScheduler
from tune_jobs.search.stop_conditions import Halt, Outcome, StopConditions, recorded_reason
from tune_jobs.search.time_estimate import seconds_of_a_trial
from tune_jobs.storage.faults import StorageLostError, fault_behind
from tune_jobs.storage.working_copy import storage_option, uri_of
from tune_jobs.workers.last_task import LastTask
from tune_jobs.workers.ray_adapters import RETRIES, RayCallback, RayScheduler, RaySearcher, SweepHaltedError
from tune_jobs.workers.start_watch import WAIT_FOR_NODES, StartWatch
from tune_jobs.workers.trainable import TrialContext, TrialRunner


@dataclass(frozen=True)
class Ending:
    """How a sweep ended, or paused."""

    outcome: Outcome
    paused_by: str | None  # what is wrong with the storage, the images or the cluster, where it paused
    undrawn: list[str] | None = None  # what is missing of the pictures that a worker has drawn; None: it drew none


def run_sweep(
    folder: SweepFolder,
    spec: SweepSpec,
    *,
    trials: int,
    cluster: Cluster,
    last_resort: LastResort,
    cache: Path,
    watch: Watch,
    time_limit: float | None = None,
    wait_for_nodes: float = WAIT_FOR_NODES,
) -> Ending:
    """Run a sweep's missing trials, and say why it ended.

    The caller holds the sweep's lock. What is in the record already stays: finished trials are told to the sampler,
    their values fill ASHA's rungs, unfinished trials go on first, from their own checkpoints.

    Args:
        folder: the sweep's, which every node must see.
        spec: what it is to do.
        trials: how many trials it is to have, all resumes together.
        cluster: to run on.
        last_resort: ends this process where the sweep is to end and Ray does not answer; it also holds while the
            cluster is left.
        cache: where this machine keeps decoded images.
        watch: shows the state meanwhile.
        time_limit: seconds after which it ends.
        wait_for_nodes: seconds after which it pauses where no node of the cluster has room for a trial.

    Raises:
        SweepError: nothing here has room for one trial, or a node lacks what trials need.
    """
    code = kept_code(folder, spec)
    with contextlib.ExitStack() as held:
        space = spec.space
        nodes = cluster.nodes()
        slots = allocate(space.resources, nodes, gpu_share(space, nodes, cache, len(spec.data.classes)))
        if not cluster.local:
            check_nodes(nodes, folder, spec, code)
        share = _share_of_machine(cluster, nodes, cache)
        if share is not None:
            held.callback(share.close)
        folder.stop_path.unlink(missing_ok=True)
        folder.trial_path("").mkdir(exist_ok=True)
        scheduler = SweepScheduler(
            folder,
            spec,
            trials=trials,
            slots=slots.count,
            gpus=slots.gpus,
            time_limit=time_limit,
            room_for_another=_room_until(None if time_limit is None else time.monotonic() + time_limit, space.budget),
        )
        if cluster.local and not cluster.gpu_names and visible_gpus():
            scheduler.note("torch cannot use this machine's GPU, so trials run on the CPU; tune doctor says more")
        starts = StartWatch(local=cluster.local, start_seconds=cluster.start_seconds, wait_for_nodes=wait_for_nodes)
        stop_conditions = _stop_conditions(folder, time_limit, scheduler, cluster, starts)
        _guard(last_resort, folder, scheduler, cluster, stop_conditions)
        context = _trial_context(
            folder, spec, slots, cache if cluster.local or "CNN_TUNE_CACHE" in os.environ else None
        )
        last = None if context.trials is None else LastTask(draw_gallery, _elsewhere(folder), spec, context.cache)
        outcome: Outcome = "SIGTERM"  # what the record says if a bug of ours, or of Ray's, ends this block
        try:
            with stop_conditions.on_signals(), watch(scheduler.state, slots):
                waits = None if cluster.local else starts.patience()
                allocator = SlotAllocator(slots, cluster.nodes, share, partial(_note_room, scheduler, waits))
                outcome = _run_trials(scheduler, stop_conditions, context, slots, cluster, allocator, starts, last)
            undrawn = last.result() if last and outcome == "completed" else None
        finally:
            with contextlib.suppress(StorageLostError):
                scheduler.close(SweepEnded(reason=recorded_reason(outcome)))
    return Ending(outcome, stop_conditions.paused_by, undrawn)


def _stop_conditions(
    folder: SweepFolder, time_limit: float | None, scheduler: SweepScheduler, cluster: Cluster, starts: StartWatch
) -> StopConditions:
    return StopConditions(
        folder,
        time_limit,
        lambda: scheduler.aborted_by,
        lambda: scheduler.storage_trouble or scheduler.data_trouble or cluster.trouble() or starts.trouble,
    )


def _guard(
    last_resort: LastResort,
    folder: SweepFolder,
    scheduler: SweepScheduler,
    cluster: Cluster,
    stop_conditions: StopConditions,
) -> None:
    """Whoever ends a driver that hangs is told how to end this sweep."""
    last_resort.guard(
        due=lambda: stop_conditions.signalled() or ("paused" if cluster.trouble() else None),
        lost=lambda: cluster.trouble() is not None,
        close=lambda reason: scheduler.close(SweepEnded(reason=recorded_reason(reason))),
        leave=lambda reason: _abandon(folder, scheduler.state, cluster, reason),
    )


def _elsewhere(folder: SweepFolder) -> SweepFolder:
    """The same, as a process in another folder finds it."""
    return SweepFolder(folder.path.resolve())


def _share_of_machine(cluster: Cluster, nodes: Sequence[Node], cache: Path) -> FairShare | None:
    """What other sweeps of this machine leave; None on a cluster, where Ray itself sees to that."""
    if not cluster.local:
        return None
    claims = cache / "leases" / f"{platform.node()}{os.environ.get('SLURM_JOB_ID', '')}"  # a job has its own
    return FairShare(claims, cores=int(nodes[0].cpus), gpu_names=cluster.gpu_names)


def _room_until(deadline: float | None, budget: Budget) -> Callable[[SweepState], bool]:
    """Whether a trial that begins now would come to its end in time, by the epochs so far."""

    def room(state: SweepState) -> bool:
        return deadline is not None and time.monotonic() + seconds_of_a_trial(state, budget) < deadline

    return room


def _trial_context(folder: SweepFolder, spec: SweepSpec, slots: Slots, cache: Path | None) -> TrialContext:
    space, uri = spec.space, uri_of(folder)
    return TrialContext(
        trials=None if uri else folder.path.resolve() / "trials",
        uri=uri,
        data=space.data,
        cache=cache.resolve() if cache else None,
        fingerprint=spec.data.fingerprint,
        metric=space.objective.metric,
        mode=space.objective.mode,
        threads=slots.cpus,
        first_look=True,
        preflight=spec.is_search,
        code=kept_code(folder, spec),
        constraints=space.constraints,
        latency=space.asks_for(LATENCY),
    )


def _run_trials(
    scheduler: SweepScheduler,
    stop_conditions: StopConditions,
    context: TrialContext,
    slots: Slots,
    cluster: Cluster,
    allocator: SlotAllocator,
    starts: StartWatch,
    last: LastTask | None,
) -> Outcome:
    def interrupt() -> None:
        reason = stop_conditions.reason()
        if reason is not None:
            raise SweepHaltedError(reason)

    tuner = tune.Tuner(
        tune.with_resources(TrialRunner, _resources(slots.cpus)),
        param_space={"context": context.model_dump(mode="json")},
        tune_config=tune.TuneConfig(
            search_alg=RaySearcher(scheduler, allocator, interrupt),
            scheduler=RayScheduler(scheduler, last),
            num_samples=-1,  # the searcher says when it is enough
            reuse_actors=True,
            trial_dirname_creator=_trial_folder,
        ),
        run_config=tune.RunConfig(
            name="run",
            storage_path=str(cluster.folder / "tune"),
            callbacks=[RayCallback(scheduler, stop_conditions.reason, starts, allocator)],
            checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),  # checkpoints are ours
            failure_config=tune.FailureConfig(max_failures=RETRIES),
            verbose=0,
        ),
    )
    try:
        with no_usage_tags(), environment_of_this_process() if cluster.lean else contextlib.nullcontext():
            tuner.fit()
    except SweepHaltedError as halted:
        return halted.reason
    except Exception as error:  # Ray raises what it likes where its own processes or files are gone.
        if stop_conditions.signalled() is None and cluster.trouble_soon() is None:
            fault = fault_behind(error)
            if fault is None:
                raise
            where = fault.filename or f"{cluster.folder}, or where else Ray keeps its files"
            stop_conditions.paused_by = f"{where}: {fault.strerror}"
            return "paused"
    return stop_conditions.reason() or "completed"


def _note_room(scheduler: SweepScheduler, waits: str | None, count: int) -> None:
    """How many trials the nodes have room for from now on; where it is none, the sweep says itself what it does."""
    with contextlib.suppress(StorageLostError):  # the scheduler remembers it
        if count:
            scheduler.note(f"{ROOM} {count} trial{'s' if count != 1 else ''} at once now")
        elif waits is not None:
            scheduler.note(f"{NO_ROOM}; waiting for one, {waits}")


def _abandon(folder: SweepFolder, state: SweepState, cluster: Cluster, reason: Halt) -> Exit:
    """Leave a Ray that does not answer, and say so as the end of a sweep is said otherwise."""
    cluster.abandon()
    again = f"tune resume {folder.name}{storage_option(folder)}{'' if cluster.local else ' --address ...'}"
    if reason in ("SIGINT", "SIGTERM"):
        what = "Interrupted." if reason == "SIGINT" else "Terminated."
        words = f"{what} {len(state.finished)} of {state.trials_requested} trials are done.\nGo on with: {again}"
        return Exit(words, EXIT_SIGINT if reason == "SIGINT" else EXIT_SIGTERM)
    return Exit(f"Paused: {cluster.trouble()}. Nothing that ended is lost.\nGo on with: {again}", EXIT_PAUSED)


def _resources(cpus: int) -> Callable[[dict[str, Any]], tune.PlacementGroupFactory]:
    """What a trial gets; its share of a GPU is its own, since one that ran out of memory gets more."""

    def of_trial(config: dict[str, Any]) -> tune.PlacementGroupFactory:
        return tune.PlacementGroupFactory(
            [{"CPU": cpus, **_gpus(config.get("gpus", 0.0), config.get("gpu_numbers", ()))}]
        )

    return of_trial


def _gpus(gpus: float, gpu_numbers: Sequence[int]) -> dict[str, float]:
    """GPUs in Ray's terms: those that were chosen here, else so many of Ray's choice."""
    if not gpus:
        return {}
    if gpus < 1:
        gpus = math.floor(gpus * 10_000) / 10_000  # Ray's grain; rounded up, 1/n would not fit n times
    return {gpu_resource(number): min(1.0, gpus) for number in gpu_numbers} or {"GPU": gpus}


def _trial_folder(trial: Any) -> str:
    return str(trial.config["trial"])
