"""The end of a sweep: a confirmation concluded, pictures of what its best trial predicts, its report, and that of the
sweep it says more of. Each is a step that can be repeated; one that fails costs itself alone, and it is said."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, is_running
from reports.records.record import Note, Record
from reports.records.spec import SweepSpec
from reports.records.state import SweepState
from tune_jobs.confirmed import conclude_confirmation
from tune_jobs.prepare import moved
from tune_jobs.progress import Progress, Watch
from tune_jobs.redaction import redacted
from tune_jobs.resources.slots import Slots
from tune_jobs.search.stop_conditions import Outcome
from tune_jobs.storage.checkpoints import SweepCheckpoints
from tune_jobs.storage.mirror import mirrored, send_report
from tune_jobs.storage.sweep_folders import hold

_POLL_SECONDS = 0.5


def ready_to_finish(watch: Watch) -> Watch:
    """The same watch, with which the report gets ready in a thread once the last trial has begun: until then workers
    need the processors, and behind the last epoch a person waits."""

    @contextlib.contextmanager
    def watched(state: SweepState, slots: Slots) -> Iterator[None]:
        over = threading.Event()
        threading.Thread(target=_get_ready, args=[state, over], name="report-gets-ready", daemon=True).start()
        try:
            with watch(state, slots):
                yield
        finally:
            over.set()

    return watched


def _get_ready(state: SweepState, over: threading.Event) -> None:
    while not over.wait(_POLL_SECONDS):
        if len(state.trials) >= state.trials_requested:
            with contextlib.suppress(Exception):  # the report itself will say what is wrong
                from reports.pages.report import get_ready

                get_ready()
            return


def finish_sweep(
    folder: SweepFolder,
    spec: SweepSpec,
    outcome: Outcome,
    cache: Path,
    progress: Progress,
    undrawn: list[str] | None = None,
) -> tuple[str, ...]:
    """Take every step; none after a signal, since whoever wants out is not kept waiting.

    The caller holds the sweep.

    Args:
        folder: the sweep's.
        spec: what it was to do.
        outcome: how it ended.
        cache: where this machine keeps decoded images.
        progress: hears how it gets on.
        undrawn: what is missing of its pictures, where a worker has drawn them; None: they are to be drawn.

    Returns:
        What is missing now, and why; its record says so too.
    """
    if outcome in ("SIGINT", "SIGTERM"):
        return ()
    steps = _Steps()
    if spec.confirmation is not None and outcome == "completed":
        steps.take("the confirmation", lambda: conclude_confirmation(folder, spec, cache, progress))
    with progress.doing("Drawing the report"):
        _draw(folder, spec, cache, steps, undrawn)
    _note(folder, steps.missing)
    return tuple(steps.missing)


def finish_again(folder: SweepFolder, cache: Path, progress: Progress, data: Path | None = None) -> tuple[str, ...]:
    """Write a sweep's report again from its record; where it does not run, take the other steps that are not done.

    Args:
        folder: the sweep's.
        cache: where this machine keeps decoded images.
        progress: hears how it gets on.
        data: the folder that the images have moved to.

    Returns:
        What is still missing, and why.

    Raises:
        UserError: the report could not be written, the record is damaged, or the storage does not answer.
    """
    from reports.pages.report import write_report
    from tune_jobs.gallery import draw_gallery, is_drawn

    steps, spec, state = _Steps(), moved(folder.spec(), data), folder.state()
    completed = state.end is not None and state.end.reason == "completed"
    concludes = spec.confirmation is not None and completed
    if not is_running(folder) and (concludes or not is_drawn(folder, spec, state)):
        with hold(folder), mirrored(folder):
            if concludes:
                steps.take("the confirmation", lambda: conclude_confirmation(folder, spec, cache, progress))
            if not is_drawn(folder, spec, folder.state()):
                with progress.doing("Drawing the pictures"):
                    steps.take("the weights of the best trials", SweepCheckpoints(folder).fetch_best)
                    steps.take("pictures", lambda: draw_gallery(folder, spec, cache))
    try:
        write_report(folder)
    except OSError as error:
        raise SweepError(f"{folder.report_path}: cannot be written ({error.strerror})") from None
    send_report(folder)
    return tuple(steps.missing)


def missing_of(folder: SweepFolder, spec: SweepSpec) -> list[str]:
    """Which of a completed sweep's pages are not there, or are of before its last end."""
    from tune_jobs.gallery import is_drawn

    state, report = folder.state(), folder.report_path
    end = state.end
    late = end is not None and report.exists() and report.stat().st_mtime < end.time
    return [
        *(["its report"] if late or not report.exists() else []),
        *([] if is_drawn(folder, spec, state) else ["its pictures"]),
    ]


def _draw(folder: SweepFolder, spec: SweepSpec, cache: Path, steps: _Steps, undrawn: list[str] | None) -> None:
    from reports.pages.report import write_report
    from tune_jobs.gallery import draw_gallery

    steps.take("pictures", lambda: draw_gallery(folder, spec, cache) if undrawn is None else undrawn)
    steps.take("the report", lambda: write_report(folder))
    parent = SweepFolder(folder.path.parent / (spec.about or ""))
    if spec.about and parent.exists():
        if spec.confirmation is not None:  # its winner may be another one now
            steps.take(f"pictures of {parent.name}", lambda: draw_gallery(parent, spec, cache))
        steps.take(f"the report of {parent.name}", lambda: write_report(parent))  # it shows what this one found


class _Steps:
    """Takes steps one after another, and keeps what could not be done."""

    def __init__(self) -> None:
        self.missing: list[str] = []

    def take(self, what: str, step: Callable[[], object]) -> None:
        """A step may return a list of what it lacks."""
        try:
            lacks = step()
        except Exception as error:  # whatever it is, the trials are done, and the other steps are worth taking
            lacks = [error.strerror if isinstance(error, OSError) and error.strerror else str(error)]
        for text in lacks if isinstance(lacks, list) else ():
            self.missing.append(f"{what}: {next(iter(str(text).splitlines()), '') or 'unknown'}")


def _note(folder: SweepFolder, missing: list[str]) -> None:
    if not missing:
        return
    with contextlib.suppress(OSError):  # a full disk may be the very reason
        record = Record(folder.record_path)
        try:
            for text in missing:
                record.append(Note(text=redacted(f"missing at its end: {text}; tune report {folder.name} draws it")))
        finally:
            record.close()
