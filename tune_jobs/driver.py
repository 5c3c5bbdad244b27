"""Launch and resume (confirm.py and ablate.py say more of what a sweep has found): what comes before a trial, in
the order in which a person meets it.

Knows no terminal: what is to be said goes to a `Progress`, what came out is returned, and what cannot work is raised.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from cnnmodels.data import ImageData
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, find_sweep
from reports.records.spec import SweepSpec, versions
from reports.records.state import SweepState
from search_spaces.budget import seconds
from search_spaces.loading import load
from search_spaces.schema import SearchSpace
from tune_jobs.backbones import with_backbone
from tune_jobs.cluster.cluster import handed_over
from tune_jobs.finish import missing_of
from tune_jobs.formatting import valid
from tune_jobs.launch_options import LaunchOptions
from tune_jobs.launch_target import LaunchTarget
from tune_jobs.own_code import use_code_of_today
from tune_jobs.planning import Fitted, fitted_to_time_limit
from tune_jobs.prepare import (
    how_moved,
    load_data,
    load_known,
    moved,
    refuse_large_batches,
    refuse_unfit_code,
    refuse_unmeasured_objective,
    refuse_without_room,
    summary_of,
    warn_of_defaults,
    with_image_size,
)
from tune_jobs.progress import Progress
from tune_jobs.redaction import redacted
from tune_jobs.run_to_end import SweepResult, run_to_end
from tune_jobs.search.changed_space import NewSpace, refuse_other_question
from tune_jobs.search.extension import extend
from tune_jobs.search.loggers import check_loggers
from tune_jobs.search.longer_trials import BEST
from tune_jobs.search.warm_start import refuse_unfit, warm_start
from tune_jobs.storage.mirror import mirrored
from tune_jobs.storage.sweep_folders import check_name, create, create_unnamed, discard, hold, write_spec
from tune_jobs.storage.working_copy import storage_option, storage_uri

_SEEDS = 2**63  # that torch takes


def launch(
    options: LaunchOptions, progress: Progress, *, command: str, target: LaunchTarget | None = None
) -> SweepResult:
    """Run a new sweep to its end.

    Args:
        options: what was asked for.
        progress: hears how it gets on.
        command: as it stands in the record and the report.
        target: where it is kept and run, if not where the options say.

    Raises:
        UserError: the space, the name, the data or the resources do not allow it; nothing was left behind.
    """
    if not 0 <= options.seed < _SEEDS:
        raise SweepError(f"--seed {options.seed}: use 0 to {_SEEDS - 1}")
    space = load(str(options.space), options.all_overrides())
    target = target or LaunchTarget.of(options.storage, options.address, options.wait_for_nodes)
    check_loggers(options.log)
    earlier = [_read(find_sweep(target.storage, one)) for one in options.warm_start]
    refuse_unfit(space, earlier)
    if options.name is not None:
        check_name(target.storage, options.name)
    space, data = _with_data(space, target, progress)
    with contextlib.ExitStack() as held:
        fitted = fitted_to_time_limit(options, space, data, target, progress, held)
        return _run_new(options, fitted, data, target, progress, earlier, command, held)


def _run_new(
    options: LaunchOptions,
    fitted: Fitted,
    data: ImageData,
    target: LaunchTarget,
    progress: Progress,
    earlier: Sequence[tuple[SweepSpec, SweepState]],
    command: str,
    held: contextlib.ExitStack,
) -> SweepResult:
    """The sweep whose size is known, in a folder of its own, on the cluster that is joined already if one is."""
    space, summary = fitted.space, summary_of(data)
    warm = warm_start(space, summary, earlier)
    for line in warm.lines:
        progress.say(line)
    if options.name is not None:
        folder, lock = create(target.storage, options.name)
    else:
        folder, lock = create_unnamed(target.storage, space.name)
    try:
        spec = SweepSpec(
            name=folder.name,
            command=redacted(command),
            source=valid(str(options.own_file.resolve() if options.own_file else options.space)),
            seed=options.seed,
            versions=versions(),
            space=warm.space,
            data=summary,
            known=warm.known,
            fills_time=fitted.cluster is not None,
            log=options.log,
            code=space.own_code,
        )
        write_spec(folder, spec)
        joining = None if fitted.cluster is None else handed_over(fitted.cluster, held)
        return run_to_end(
            folder,
            spec,
            target,
            progress,
            trials=space.budget.trials,
            time_limit=fitted.seconds_left,
            joining=joining,
        )
    except BaseException:
        discard(folder)
        raise
    finally:
        lock.release()


def _with_data(space: SearchSpace, target: LaunchTarget, progress: Progress) -> tuple[SearchSpace, ImageData]:
    """The space with its backbone and its image size, and the images; what cannot work with them is raised."""
    space, from_sweep = with_backbone(space, target.storage)
    if from_sweep and target.address and storage_uri(target.storage):
        raise SweepError("backbone: sweep:NAME at a URI is a file of this machine alone; launch without --address")
    space = with_image_size(space, target.address, progress)
    data = load_data(space, target.cache, progress)
    warn_of_defaults(space, progress)
    refuse_large_batches(space, data)
    refuse_unmeasured_objective(space, data)
    refuse_unfit_code(space, data)
    refuse_without_room(space, data, target.storage)
    return space, data


def _read(folder: SweepFolder) -> tuple[SweepSpec, SweepState]:
    return folder.spec(), folder.state()


def resume(
    folder: SweepFolder,
    target: LaunchTarget,
    progress: Progress,
    *,
    trials: int | None = None,
    time_limit: str | float | None = None,
    space: str | Path | None = None,
    widen: Sequence[str] = (),
    epochs: int | None = None,
    best: int = BEST,
    data: Path | None = None,
) -> SweepResult:
    """Run what a sweep's record says is missing, or more trials than were asked for first.

    Args:
        folder: the sweep's.
        target: where it is run.
        progress: hears how it gets on.
        trials: how many it is to have, all together, those that are trained longer aside; without it, as many as were
            asked for last, and half as many again where the space becomes another one.
        time_limit: after which it ends: seconds, or a text such as `30m`.
        space: a packaged space, or a file, with which it goes on: trials outside it are still shown, but count no more.
        widen: knobs at an end of whose range the best value lies; the range is made wider there.
        epochs: for which the best trials, and the default, are trained as further trials.
        best: how many of the best.
        data: the folder that its images have moved to.

    Raises:
        UserError: it is running, its data has changed or is gone, the new space asks something else, or it has nothing
            left to run.
    """
    try:
        limit: float | None = seconds(time_limit)
    except ValueError as error:
        raise SweepError(f"--time-limit {time_limit}: {error}") from None
    lock: FileLock = hold(folder)
    try:
        before, state = folder.spec(), folder.state()
        spec, of_code = use_code_of_today(folder, moved(before, data))
        new = _new_space(spec, space, target, moved=data is not None)
        extended = extend(spec, state, trials=trials, space=new, widen=widen, epochs=epochs, best=best)
        wanted = extended.trials
        if wanted < len(state.trials):
            raise SweepError(f"--trials {wanted}: {folder.name} has begun {len(state.trials)} trials; ask for more")
        most = len(spec.plan or ()) or (spec.confirmation.runs if spec.confirmation else 0)
        if most and wanted > most:
            raise SweepError(f"--trials {wanted}: {folder.name} says more of {spec.about}, by {most} trials at most")
        decided = spec.confirmation is not None and state.end is not None and state.end.reason == "completed"
        if wanted == len(state.finished) or decided:
            with mirrored(folder):  # what could not be sent when it ended is sent now
                pass
            more = "" if most else f" More: tune resume {folder.name} --trials {wanted * 2}"
            lacks = " and ".join(missing_of(folder, spec))
            undrawn = f" It lacks {lacks}: tune report {folder.name}{storage_option(folder)}." if lacks else ""
            raise SweepError(f"{folder.name} is complete ({len(state.finished)} trials).{undrawn}{more}")
        refuse_large_batches(extended.spec.space, load_known(spec, target.cache, progress))
        changes = [*how_moved(before, spec), *of_code, *extended.changes]
        return run_to_end(folder, extended.spec, target, progress, trials=wanted, time_limit=limit, changes=changes)
    finally:
        lock.release()


def _new_space(spec: SweepSpec, given: str | Path | None, target: LaunchTarget, *, moved: bool) -> NewSpace | None:
    if given is None:
        return None
    own_file = LaunchOptions(given).own_file
    new = NewSpace(valid(str(own_file.resolve() if own_file else given)), load(str(given)))
    refuse_other_question(spec, new, moved=moved)
    return replace(new, space=with_backbone(new.space, target.storage).space)
