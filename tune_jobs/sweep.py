"""A sweep, from a search space to a finished record. The place to read first.

    SearchSpace --ledger--> trials --Ray Tune--> reports --ledger--> record.jsonl --> report.html

Ray Tune runs the trials; the Ledger gives them out, hears each epoch, records it, and decides. Whatever dies, the
record holds what was learnt, and a resume is this same function over the same folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ray import tune

from reports.record import SweepEnded
from reports.sweep_folder import SweepFolder, SweepState
from tune_jobs.asked import Asked
from tune_jobs.halting import Halting, Outcome, as_recorded
from tune_jobs.ledger import Ledger
from tune_jobs.local_ray import local_ray
from tune_jobs.ray_adapters import RETRIES, LedgerCallback, LedgerScheduler, LedgerSearcher, SweepHaltedError
from tune_jobs.slots import Slots, plan
from tune_jobs.trainable import TrialRunner, Workplace

Watch = Callable[[SweepState, Slots], AbstractContextManager[object]]  # shows the state while a sweep runs


def run_sweep(
    folder: SweepFolder, asked: Asked, *, trials: int, cache: Path, watch: Watch, time_limit: float | None = None
) -> Outcome:
    """Run a sweep's missing trials, and say why it ended: completed, time_limit, stopped, failed, SIGINT or SIGTERM.

    The caller holds the sweep's lock. What is in the record already stays: finished trials are told to the sampler,
    their values fill ASHA's rungs, unfinished trials go on first, from their own checkpoints.

    Raises:
        SweepError: nothing here has room for one trial.
    """
    with local_ray() as nodes:
        space = asked.search_space()
        slots = plan(space.resources, nodes)
        folder.stop_path.unlink(missing_ok=True)
        ledger = Ledger(folder, asked, trials=trials, slots=slots.count)
        halting = Halting(folder, time_limit, lambda: ledger.aborted_by)
        workplace = Workplace(
            trials=folder.path.resolve() / "trials",
            data=space.data,
            cache=cache.resolve(),
            metric=space.objective.metric,
            mode=space.objective.mode,
            threads=slots.cpus,
            gpus=slots.gpus,
        )
        outcome: Outcome = "SIGTERM"  # what the record says if a bug of ours, or of Ray's, ends this block
        try:
            with halting.on_signals(), watch(ledger.state, slots):
                outcome = _run_trials(ledger, halting, workplace, slots, folder)
        finally:
            ledger.close(SweepEnded(reason=as_recorded(outcome)))
    return outcome


def _run_trials(ledger: Ledger, halting: Halting, workplace: Workplace, slots: Slots, folder: SweepFolder) -> Outcome:
    """Ray Tune from the first trial to the last; the reason for its end."""
    ray_folder = folder.path.resolve() / "ray"
    shutil.rmtree(ray_folder, ignore_errors=True)  # of an earlier driver: nothing in it is ever read
    tuner = tune.Tuner(
        tune.with_resources(TrialRunner, {"cpu": slots.cpus, "gpu": slots.gpus}),
        param_space={"workplace": workplace.model_dump(mode="json")},
        tune_config=tune.TuneConfig(
            search_alg=LedgerSearcher(ledger),
            scheduler=LedgerScheduler(ledger),
            num_samples=max(1, ledger.state.asked),
            max_concurrent_trials=slots.count,
            reuse_actors=True,
            trial_dirname_creator=_trial_folder,
        ),
        run_config=tune.RunConfig(
            name="run",
            storage_path=str(ray_folder),
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


def _trial_folder(trial: Any) -> str:
    return str(trial.config["trial"])
