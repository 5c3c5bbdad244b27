"""`tune confirm`: which configuration of a sweep is the best, by runs with fresh seeds.

A confirmation is a sweep of its own beside the one that it confirms; one that was cut off is taken up by the next call.
"""

from __future__ import annotations

from pathlib import Path

from reports.analysis.repeats import confirmations_of
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, is_running
from reports.records.spec import Confirmation
from tune_jobs.confirm_options import ConfirmOptions
from tune_jobs.confirmed import conclude_confirmation
from tune_jobs.launch_target import LaunchTarget
from tune_jobs.own_code import use_kept_code
from tune_jobs.prepare import how_moved, load_known, moved
from tune_jobs.progress import Progress
from tune_jobs.run_to_end import SweepResult, run_to_end
from tune_jobs.search.confirmation_trials import candidates_of
from tune_jobs.spec_beside import spec_beside
from tune_jobs.storage.mirror import mirrored, send_report
from tune_jobs.storage.sweep_folders import create_unnamed, discard, hold, write_spec


def confirm(
    folder: SweepFolder,
    target: LaunchTarget,
    progress: Progress,
    options: ConfirmOptions,
    *,
    command: str,
    data: Path | None = None,
) -> SweepResult:
    """Run the confirmation of a sweep, or go on with one that asked the same.

    Args:
        folder: of the sweep that is confirmed.
        target: where the confirmation is kept and run.
        progress: hears how it gets on.
        options: what is asked.
        command: as it stands in the record and the report.
        data: the folder that the images have moved to.

    Raises:
        UserError: there is nothing to confirm, it is running, or the images have changed or are gone.
    """
    question = _question(folder, options)
    before = next((one for one in confirmations_of(folder) if one.spec().confirmation == question), None)
    of = use_kept_code(folder, moved(folder.spec(), data))
    load_known(of, target.cache, progress)
    if before is None:
        confirmation, lock = create_unnamed(target.storage, f"{folder.name[:45]}-confirmation")
    else:
        confirmation, lock = before, hold(before)
    try:
        if before is None:
            write_spec(confirmation, spec_beside(of, confirmation.name, command, confirmation=question))
        asked, state = confirmation.spec(), confirmation.state()
        spec = moved(asked, data)
        if state.end is not None and state.end.reason == "completed":
            with mirrored(confirmation):
                conclude_confirmation(confirmation, spec, target.cache, progress)
            return SweepResult(confirmation, "completed", None)
        changes = how_moved(asked, spec)
        result = run_to_end(
            confirmation, spec, target, progress, trials=question.runs, time_limit=None, changes=changes
        )
        send_report(folder)  # it shows what the confirmation found
        return result
    except BaseException:
        discard(confirmation)
        raise
    finally:
        lock.release()


def _question(folder: SweepFolder, options: ConfirmOptions) -> Confirmation:
    if options.top < 2:
        raise SweepError(f"--top {options.top}: use 2 or more")
    if options.seeds < 2:
        raise SweepError(f"--seeds {options.seeds}: use 2 or more; one run does not tell how much a result varies")
    if options.indifference is not None and not options.indifference >= 0:
        raise SweepError(f"--indifference {options.indifference}: use 0 or more")
    of = folder.spec()
    if not of.is_search:
        raise SweepError(f"{folder.name} searched for nothing; confirm {of.about}, the sweep that it belongs to")
    if is_running(folder):
        raise SweepError(f"{folder.name} is running; confirm it once it has ended")
    objective, best = of.space.objective, None
    if objective.metric in {metric.name for metric in of.space.metrics}:
        ranked = folder.state().ranked(objective.metric, objective.mode)
        best = ranked[0].best(objective.metric, objective.mode) if ranked else None
    indifference = options.indifference_of(objective.metric, best and best[1])
    return candidates_of(folder, of, top=options.top, seeds=options.seeds, indifference=indifference)
