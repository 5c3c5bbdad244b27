"""A sweep, from a search space to a finished record. The place to read first.

    SearchSpace --ledger--> trials --Ray Tune--> reports --ledger--> record.jsonl --> report.html

Ray Tune runs the trials; the Ledger gives them out, hears each epoch, records it, and decides. Whatever dies, the
record holds what was learnt, and a resume is this same function over the same folder.
"""

from __future__ import annotations

import contextlib
import math
import os
import platform
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ray import tune

from reports.records.folder import SweepFolder
from reports.records.record import SweepEnded
from reports.records.spec import Asked
from reports.records.state import SweepState
from tune_jobs.cluster.cluster import Cluster, joined
from tune_jobs.cluster.gpus import card_resource, gpus_here
from tune_jobs.cluster.node_checks import check_nodes
from tune_jobs.resources.fair_share import MachineShare
from tune_jobs.resources.gpu_share import gpu_share
from tune_jobs.resources.slot_allocator import Desk
from tune_jobs.resources.slots import Slots, plan
from tune_jobs.search.scheduler import Ledger
from tune_jobs.search.stop_conditions import Halting, Outcome, as_recorded
from tune_jobs.storage.faults import StorageLostError
from tune_jobs.storage.working_copy import storage_option, uri_of
from tune_jobs.workers.ray_adapters import RETRIES, LedgerCallback, LedgerScheduler, LedgerSearcher, SweepHaltedError
from tune_jobs.workers.trainable import TrialRunner, Workplace

Watch = Callable[[SweepState, Slots], AbstractContextManager[object]]  # shows the state while a sweep runs


@dataclass(frozen=True)
class Ending:
    """How a sweep ended, or paused."""

    outcome: Outcome
    paused_by: str | None  # what is wrong with the storage or the cluster, where it paused


def run_sweep(
    folder: SweepFolder,
    asked: Asked,
    *,
    trials: int,
    cache: Path,
    watch: Watch,
    time_limit: float | None = None,
    address: str | None = None,
) -> Ending:
    """Run a sweep's missing trials, and say why it ended.

    The caller holds the sweep's lock. What is in the record already stays: finished trials are told to the sampler,
    their values fill ASHA's rungs, unfinished trials go on first, from their own checkpoints.

    Args:
        folder: the sweep's, which every node must see.
        asked: what it is to do.
        trials: how many trials it is to have, all resumes together.
        cache: where this machine keeps decoded images.
        watch: shows the state meanwhile.
        time_limit: seconds after which it ends.
        address: of a Ray cluster to join (`auto` or host:port); without it, a Ray of our own on this machine.

    Raises:
        SweepError: nothing here has room for one trial, or a node lacks what trials need.
    """
    with joined(address) as cluster, contextlib.ExitStack() as held:
        space = asked.search_space()
        nodes = cluster.nodes()
        slots = plan(space.resources, nodes, gpu_share(space, nodes, cache, len(asked.data.classes)))
        if not cluster.local:
            check_nodes(nodes, folder, asked)
        share = None
        if cluster.local:
            places = cache / "slots" / f"{platform.node()}{os.environ.get('SLURM_JOB_ID', '')}"  # a job has its own
            share = MachineShare(places, cores=int(nodes[0].cpus), cards=cluster.cards)
            held.callback(share.close)
        folder.stop_path.unlink(missing_ok=True)
        folder.trial_path("").mkdir(exist_ok=True)
        ledger = Ledger(folder, asked, trials=trials, slots=slots.count, gpus=slots.gpus)
        if cluster.local and not cluster.cards and gpus_here():
            ledger.note("torch cannot use this machine's GPU, so trials run on the CPU; tune doctor says more")
        halting = Halting(
            folder, time_limit, lambda: ledger.aborted_by, lambda: ledger.storage_trouble or cluster.trouble()
        )
        cluster.say_if_lost(
            f"Nothing that ended is lost.\nGo on with: tune resume {folder.name}{storage_option(folder)} --address ..."
        )
        workplace = _workplace(folder, asked, slots, cache if cluster.local or "CNN_TUNE_CACHE" in os.environ else None)
        outcome: Outcome = "SIGTERM"  # what the record says if a bug of ours, or of Ray's, ends this block
        try:
            with halting.on_signals(), watch(ledger.state, slots):
                outcome = _run_trials(ledger, halting, workplace, slots, cluster, share)
        finally:
            with contextlib.suppress(StorageLostError):
                ledger.close(SweepEnded(reason=as_recorded(outcome)))
    return Ending(outcome, halting.paused_by)


def _workplace(folder: SweepFolder, asked: Asked, slots: Slots, cache: Path | None) -> Workplace:
    space, uri = asked.search_space(), uri_of(folder)
    return Workplace(
        trials=None if uri else folder.path.resolve() / "trials",
        uri=uri,
        data=space.data,
        cache=cache.resolve() if cache else None,
        fingerprint=asked.data.fingerprint,
        metric=space.objective.metric,
        mode=space.objective.mode,
        threads=slots.cpus,
    )


def _run_trials(
    ledger: Ledger, halting: Halting, workplace: Workplace, slots: Slots, cluster: Cluster, share: MachineShare | None
) -> Outcome:
    def interrupt() -> None:
        reason = halting.reason()
        if reason is not None:
            raise SweepHaltedError(reason)

    def changed(places: int) -> None:
        ledger.note(f"the nodes have room for {places} trial{'s' if places != 1 else ''} at once now")

    desk = Desk(slots, cluster.nodes, share, changed)
    with tempfile.TemporaryDirectory(prefix="cnn-tune-ray-") as scratch:
        tuner = tune.Tuner(
            tune.with_resources(TrialRunner, _resources(slots.cpus)),
            param_space={"workplace": workplace.model_dump(mode="json")},
            tune_config=tune.TuneConfig(
                search_alg=LedgerSearcher(ledger, desk, interrupt),
                scheduler=LedgerScheduler(ledger),
                num_samples=max(1, 2 * ledger.state.asked),  # the searcher says when it is enough
                reuse_actors=True,
                trial_dirname_creator=_trial_folder,
            ),
            run_config=tune.RunConfig(
                name="run",
                storage_path=scratch,
                callbacks=[LedgerCallback(ledger, halting.reason)],
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),  # checkpoints are ours
                failure_config=tune.FailureConfig(max_failures=RETRIES),
                verbose=0,
            ),
        )
        try:
            tuner.fit()
        except SweepHaltedError as halted:
            return halted.reason
    return halting.reason() or "completed"


def _resources(cpus: int) -> Callable[[dict[str, Any]], tune.PlacementGroupFactory]:
    """What a trial gets; its share of a GPU is its own, since one that ran out of memory gets more."""

    def of_trial(config: dict[str, Any]) -> tune.PlacementGroupFactory:
        return tune.PlacementGroupFactory([{"CPU": cpus, **_gpus(config.get("gpus", 0.0), config.get("cards", ()))}])

    return of_trial


def _gpus(gpus: float, cards: Sequence[int]) -> dict[str, float]:
    """GPUs in Ray's terms: those that were chosen here, else so many of Ray's choice."""
    if not gpus:
        return {}
    if gpus < 1:
        gpus = math.floor(gpus * 10_000) / 10_000  # Ray's grain; rounded up, 1/n would not fit n times
    return {card_resource(card): min(1.0, gpus) for card in cards} or {"GPU": gpus}


def _trial_folder(trial: Any) -> str:
    return str(trial.config["trial"])
