"""Ablate: which knob of the winner mattered, as a sweep of its own beside the one that is taken apart."""

from __future__ import annotations

from pathlib import Path

from reports.analysis.ablation import few_seeds
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from tune_jobs.launch_target import LaunchTarget
from tune_jobs.own_code import use_kept_code
from tune_jobs.prepare import (
    load_known,
    moved,
)
from tune_jobs.progress import Progress
from tune_jobs.run_to_end import SweepResult, run_to_end
from tune_jobs.search.ablation_trials import ablation_trials
from tune_jobs.spec_beside import spec_beside
from tune_jobs.storage.mirror import send_report
from tune_jobs.storage.sweep_folders import create_unnamed, discard, write_spec


def ablate(
    folder: SweepFolder,
    target: LaunchTarget,
    progress: Progress,
    *,
    seeds: int,
    ladder: bool,
    command: str,
    data: Path | None = None,
) -> SweepResult:
    """Run the ablation of a sweep as a sweep of its own.

    Args:
        folder: of the sweep that is taken apart.
        target: where the ablation is kept and run.
        progress: hears how it gets on.
        seeds: repeats of each variant.
        ladder: add the best settings one by one, instead of taking one away at a time.
        command: as it stands in the record and the report.
        data: the folder that the images have moved to.

    Raises:
        UserError: there is nothing to take apart, or the images have changed or are gone.
    """
    if seeds < 1:
        raise SweepError(f"--seeds {seeds}: use 1 or more")
    of = use_kept_code(folder, moved(folder.spec(), data))
    plan = ablation_trials(folder, of, seeds=seeds, ladder=ladder)
    if few := few_seeds(seeds):
        progress.say(few)
    load_known(of, target.cache, progress)
    kind = "ladder" if ladder else "ablation"
    ablation, lock = create_unnamed(target.storage, f"{folder.name[:50]}-{kind}")
    try:
        spec = spec_beside(of, ablation.name, command, plan=tuple(plan), ablation_of=folder.name)
        write_spec(ablation, spec)
        result = run_to_end(ablation, spec, target, progress, trials=len(plan), time_limit=None)
        send_report(folder)  # it shows what the ablation found
        return result
    except BaseException:
        discard(ablation)
        raise
    finally:
        lock.release()
