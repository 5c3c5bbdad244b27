"""What is left to do once the runs of a confirmation have ended; done a second time, it does only what is missing."""

from __future__ import annotations

from pathlib import Path

from reports.analysis.confirmation import Verdicts, runs_of, verdicts
from reports.records.folder import SweepFolder
from reports.records.record import Event, Record, TestMeasured, WinnerConfirmed
from reports.records.spec import SweepSpec
from tune_jobs.progress import Progress
from tune_jobs.storage.checkpoints import SweepCheckpoints
from tune_jobs.storage.mirror import mirrored
from tune_jobs.storage.sweep_folders import hold


def conclude_confirmation(folder: SweepFolder, spec: SweepSpec, cache: Path, progress: Progress) -> None:
    """Show the test images to the winner, keep its weights alone, and write the winner into the sweep's own record.

    The caller holds the confirmation. Where no candidate trained twice without failing, there is no winner.

    Raises:
        SweepError: the sweep is running again.
        DataError: the images are no longer there.
    """
    state = folder.state()
    found = verdicts(state, spec)
    if found is None or spec.confirmation is None:
        return
    runs = [run.trial for run in runs_of(state, spec.confirmation)[found.winner.trial]]
    _measure_test_images(folder, spec, [run for run in runs if run not in state.tests], cache, progress)
    checkpoints = SweepCheckpoints(folder)
    for trial in state.trials:
        if trial not in runs:
            checkpoints.remove(trial)
    sweep = SweepFolder(folder.path.parent / spec.confirmation.of)
    if sweep.exists():
        _tell(sweep, _event(found, folder.name))


def _measure_test_images(
    folder: SweepFolder, spec: SweepSpec, runs: list[str], cache: Path, progress: Progress
) -> None:
    if not runs or "test" not in spec.data.counts:
        return
    from cnnmodels.checkpoint import TrialCheckpoints
    from cnnmodels.data import load_again
    from cnnmodels.predict import test_metrics

    data = load_again(spec.space.data, cache, spec.space.task, spec.data.fingerprint)
    with progress.counting("Measuring on the test images") as count:
        for number, run in enumerate(runs, start=1):
            metrics = test_metrics(TrialCheckpoints(folder.trial_path(run)).load_best(), data)
            _append(folder, TestMeasured(trial=run, metrics=dict(metrics)))
            count(number, len(runs))


def _event(found: Verdicts, by: str) -> WinnerConfirmed:
    winner = found.winner
    assert winner.mean is not None
    return WinnerConfirmed(
        trial=winner.trial,
        by=by,
        mean=winner.mean,
        low=winner.mean - winner.half_width,
        high=winner.mean + winner.half_width,
        runs=len(winner.values),
        probability=winner.probability,
        decided=found.decided,
        tied=tuple(row.trial for row in found.tied),
    )


def _tell(sweep: SweepFolder, event: WinnerConfirmed) -> None:
    """Unless it has heard of it, or is of other trials by now."""
    state = sweep.state()
    if event.trial in state.trials and (state.confirmed is None or state.confirmed.by != event.by):
        with hold(sweep), mirrored(sweep):
            _append(sweep, event)


def _append(folder: SweepFolder, event: Event) -> None:
    record = Record(folder.record_path)
    try:
        record.append(event)
    finally:
        record.close()
