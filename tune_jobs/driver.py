"""Launch and resume: everything around a sweep, in the order in which a person meets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock
from rich.console import Console

from cnnmodels.data import default_cache
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec, versions
from search_spaces.schema import SearchSpace
from tune_jobs.backbones import with_backbone
from tune_jobs.cluster.cluster import prepare
from tune_jobs.errors import EXIT_PAUSED, EXIT_SIGINT, EXIT_SIGTERM
from tune_jobs.finish import close, say_paused
from tune_jobs.formatting import duration
from tune_jobs.prepare import prepared, refuse_large_batches, refuse_other_data, refuse_without_room, summary_of
from tune_jobs.progress import watching
from tune_jobs.redaction import redacted
from tune_jobs.resources.slots import idle_share
from tune_jobs.search.ablation_trials import planned
from tune_jobs.search.loggers import check_loggers
from tune_jobs.storage.checkpoints import SweepCheckpoints
from tune_jobs.storage.mirror import mirrored, send_report
from tune_jobs.storage.object_storage import first_line
from tune_jobs.storage.sweep_folders import check_name, create, discard, free_name, hold, write_spec
from tune_jobs.storage.working_copy import place_of, storage_uri

if TYPE_CHECKING:
    from tune_jobs.cost_estimate import CostEstimate

_EXIT_CODES = {"SIGINT": EXIT_SIGINT, "SIGTERM": EXIT_SIGTERM}


@dataclass(frozen=True)
class Where:
    """Where a command works."""

    storage: Path
    cache: Path
    address: str | None = None  # of a Ray cluster; without it, this machine

    @classmethod
    def of(cls, storage: Path, address: str | None = None) -> Where:
        return cls(storage, default_cache(), address)


def launch(
    space: SearchSpace,
    where: Where,
    console: Console,
    *,
    source: str,
    name: str | None,
    seed: int,
    command: str,
    log: Sequence[str] = (),
) -> int:
    """Run a new sweep to its end; the exit code.

    Raises:
        UserError: the name, the data or the resources do not allow it; nothing was left behind.
    """
    check_loggers(log)
    if name is not None:
        check_name(where.storage, name)
    space = with_backbone(space, where.storage)
    if where.address and str(where.storage.resolve()) in str(space.as_written()) and storage_uri(where.storage):
        raise SweepError("backbone: sweep:NAME at a URI is a file of this machine alone; launch without --address")
    data = prepared(space, where.cache, console)
    refuse_large_batches(space, data)
    refuse_without_room(space, data, where.storage)
    folder, lock = create(where.storage, name or free_name(where.storage, space.name))
    try:
        spec = SweepSpec(
            name=folder.name,
            command=redacted(command),
            source=source,
            seed=seed,
            versions=versions(),
            space=space,
            data=summary_of(data),
            log=tuple(log),
        )
        write_spec(folder, spec)
        _announce(folder, spec, space.budget.trials, console)
        return _run(folder, spec, where, console, trials=space.budget.trials, time_limit=space.budget.time_limit)
    except SweepError:
        discard(folder)
        raise
    finally:
        lock.release()


def resume(folder: SweepFolder, where: Where, console: Console, *, trials: int | None, time_limit: float | None) -> int:
    """Run what a sweep's record says is missing, or more trials than were asked for first; the exit code.

    Raises:
        UserError: it is running, its data has changed, or it has nothing left to run.
    """
    lock: FileLock = hold(folder)
    try:
        spec = folder.spec()
        state = folder.state()
        wanted = trials or state.trials_requested or spec.space.budget.trials
        if wanted < len(state.trials):
            raise SweepError(f"--trials {wanted}: {folder.name} has begun {len(state.trials)} trials; ask for more")
        if wanted == len(state.finished):
            with mirrored(folder):  # what could not be sent when it ended is sent now
                pass
            raise SweepError(
                f"{folder.name} is complete ({wanted} trials). More: tune resume {folder.name} --trials {wanted * 2}"
            )
        if spec.plan is not None and wanted > len(spec.plan):
            raise SweepError(f"--trials {wanted}: {folder.name} is an ablation of {len(spec.plan)} trials")
        refuse_other_data(spec, prepared(spec.space, where.cache, console))
        _announce(folder, spec, wanted, console)
        return _run(folder, spec, where, console, trials=wanted, time_limit=time_limit)
    finally:
        lock.release()


def ablate(folder: SweepFolder, where: Where, console: Console, *, seeds: int, ladder: bool, command: str) -> int:
    """Run the ablation of a sweep as a sweep of its own; the exit code.

    Raises:
        UserError: there is nothing to take apart, or the images have changed.
    """
    of = folder.spec()
    plan = planned(folder, of, seeds=seeds, ladder=ladder)
    refuse_other_data(of, prepared(of.space, where.cache, console))
    name = free_name(where.storage, f"{folder.name[:50]}-{'ladder' if ladder else 'ablation'}")
    ablation, lock = create(where.storage, name)
    try:
        budget = of.space.budget.model_copy(update={"trials": 1, "reduction_factor": None})
        spec = SweepSpec(
            name=name,
            command=redacted(command),
            source=of.source,
            seed=of.seed,
            versions=versions(),
            space=of.space.model_copy(update={"budget": budget}),
            data=of.data,
            plan=tuple(plan),
            ablation_of=folder.name,
        )
        write_spec(ablation, spec)
        _announce(ablation, spec, len(plan), console)
        code = _run(ablation, spec, where, console, trials=len(plan), time_limit=None)
        send_report(folder)  # it shows what the ablation found
        return code
    except SweepError:
        discard(ablation)
        raise
    finally:
        lock.release()


def plan(space: SearchSpace, where: Where, console: Console) -> CostEstimate:
    """What a sweep would cost; one epoch is measured, nothing is kept.

    Raises:
        UserError: it could not be run.
    """
    prepare(where.address)
    data = prepared(with_backbone(space, where.storage), where.cache, console)
    refuse_large_batches(space, data)
    with console.status("Measuring an epoch"):
        from tune_jobs.cost_estimate import estimate_cost

        return estimate_cost(with_backbone(space, where.storage), data, where.cache, where.address)


def _run(
    folder: SweepFolder, spec: SweepSpec, where: Where, console: Console, *, trials: int, time_limit: float | None
) -> int:
    with mirrored(folder) as mirror:
        with console.status("Starting Ray" if where.address is None else "Joining the cluster") as starting:
            prepare(where.address)
            from tune_jobs.sweep import run_sweep

            watch = watching(console, spec.space, begun=starting.stop)
            ending = run_sweep(
                folder,
                spec,
                trials=trials,
                cache=where.cache,
                watch=watch,
                time_limit=time_limit,
                address=where.address,
            )
        paused_by = ending.paused_by or (None if ending.outcome in _EXIT_CODES else _fetched(folder))
        code = EXIT_PAUSED
        if paused_by is None:
            close_code = close(folder, spec, ending.outcome, where.cache, console)
            code = _EXIT_CODES.get(ending.outcome, close_code)
    paused_by = paused_by or (mirror.unsent if mirror else None)
    if paused_by is not None:
        say_paused(folder, paused_by, console)
        return EXIT_PAUSED
    return code


def _fetched(folder: SweepFolder) -> str | None:
    """Bring the best weights here, for the report's pictures; why that failed."""
    try:
        SweepCheckpoints(folder).fetch_best()
    except OSError as error:
        return f"{place_of(folder)}: {first_line(error)}"
    return None


def _announce(folder: SweepFolder, spec: SweepSpec, trials: int, console: Console) -> None:
    space = spec.space
    limit = f", at most {duration(space.budget.time_limit)}" if space.budget.time_limit else ""
    searching = f"{len(space.search)} knobs" if spec.plan is None else f"ablation of {spec.ablation_of}"
    idle = idle_share(space.resources)
    if idle:
        console.print(f"resources.gpus: {idle}", highlight=False)
    console.print(
        f"Sweep [bold]{folder.name}[/bold]: {space.description or space.name}; {trials} trials of at most "
        f"{space.budget.max_epochs} epochs{limit}; {searching}. Folder: {place_of(folder)}",
        highlight=False,
        soft_wrap=True,
    )
