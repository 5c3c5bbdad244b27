"""`tune logs`: a sweep's record as lines that people read, from its start, or as they come."""

from __future__ import annotations

import contextlib
import itertools
import time
import warnings
from collections.abc import Callable, Iterator

from reports.analysis.changed_space import what_changed, what_counts_on
from reports.analysis.formatting import number
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder, is_running
from reports.records.record import (
    EpochEnded,
    Event,
    Note,
    SpaceChanged,
    SweepEnded,
    SweepExtended,
    SweepStarted,
    TestMeasured,
    TrialEnded,
    TrialStarted,
    WinnerConfirmed,
    YardsticksMeasured,
    iter_events,
)
from reports.records.spec import SweepSpec
from tune_jobs.formatting import counted, short
from tune_jobs.storage.working_copy import look_again, uri_of

_POLL_SECONDS = 1.0
_POLL_URI_SECONDS = 5.0


def log_lines(folder: SweepFolder, trial: str | None = None, *, follow: bool = False) -> Iterator[str]:
    """A line for each event of a sweep, or of one of its trials, with all of its error; oldest first. Where they are
    followed, also those to come until nobody runs the sweep any more.

    Raises:
        SweepError: there is no such trial.
        RecordError: the record is damaged in its middle.
    """
    _refuse_unknown(folder, trial)
    spec = folder.spec()
    for event in _followed(folder, lambda: not is_running(folder)) if follow else iter_events(folder.record_path):
        if line := _line(event, spec, trial):
            yield line


def _refuse_unknown(folder: SweepFolder, trial: str | None) -> None:
    if trial is not None and trial not in (known := folder.state().trials):
        raise SweepError(
            f"--trial {trial}: {folder.name} has no such trial; there are {', '.join(known) or 'none yet'}"
        )


def _followed(folder: SweepFolder, over: Callable[[], bool]) -> Iterator[Event]:
    """Events as they come; the record is read again only once it has grown."""
    told, size = 0, -1
    while True:
        ended = over()  # asked first, so that what is written before the end is told
        with contextlib.suppress(FileNotFoundError):
            grown = folder.record_path.stat().st_size
            if grown != size:
                size = grown
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # a last line that is being written is whole the next time
                    events = list(itertools.islice(iter_events(folder.record_path), told, None))
                told += len(events)
                yield from events
        if ended:
            return
        time.sleep(_POLL_URI_SECONDS if uri_of(folder) else _POLL_SECONDS)
        with contextlib.suppress(SweepError):  # a storage that does not answer may do so the next time
            look_again(folder)


def _line(event: Event, spec: SweepSpec, trial: str | None) -> str | None:
    """None of an event that is not of the trial which is asked for."""
    of_trial = getattr(event, "trial", None)
    if trial is not None and of_trial != trial:
        return None
    said = _in_words(event, spec, whole_error=trial is not None)
    return f"{time.strftime('%m-%d %H:%M:%S', time.localtime(event.time))}  {said}"


def _in_words(event: Event, spec: SweepSpec, *, whole_error: bool) -> str:
    if isinstance(event, SweepStarted):
        verb = "resumed" if event.resumed else "started"
        return f"sweep {verb}: {counted(event.trials, 'trial')}, {counted(event.slots, 'slot')}"
    if isinstance(event, SweepExtended):
        return f"sweep extended: {counted(event.trials, 'trial')}"
    if isinstance(event, SpaceChanged):
        return f"{what_changed(event)}. {what_counts_on(event)}"
    if isinstance(event, SweepEnded):
        return f"sweep ended: {event.reason.replace('_', ' ')}"
    if isinstance(event, YardsticksMeasured):
        return f"measured: {', '.join(row.name for row in event.rows)}"
    if isinstance(event, TestMeasured):
        return f"{event.trial} measured on the test images: {_metrics(event.metrics, 'test_')}"
    if isinstance(event, WinnerConfirmed):
        return f"trial {event.trial} is the winner by {event.by} (probability {event.probability:z.2f})"
    if isinstance(event, Note):
        return f"trial {event.trial}: {event.text}" if event.trial else event.text
    if isinstance(event, TrialStarted):
        settings = " ".join(f"{knob}={short(value)}" for knob, value in spec.space.in_effect(event.config).items())
        return f"trial {event.trial} started on {event.node}, slot {event.slot}: {settings or 'one configuration'}"
    if isinstance(event, EpochEnded):
        return f"trial {event.trial} epoch {event.epoch}: {_metrics(event.metrics, 'val_', 'train_loss')}"
    return _end_in_words(event, whole_error=whole_error)


def _end_in_words(event: TrialEnded, *, whole_error: bool) -> str:
    said = f"trial {event.trial} {event.reason.replace('_', ' ')}"
    if event.cut is not None:
        cut = event.cut
        said += f" at epoch {cut.rung}: {cut.value:z.4f}, cut at {cut.cutoff:z.4f} among {cut.seen}"
    if event.metrics:
        said += f", not trained: {', '.join(f'{name} {number(value)}' for name, value in event.metrics.items())}"
    if event.error:
        said += f": {event.error if whole_error else event.error.splitlines()[0]}"
    return said


def _metrics(metrics: dict[str, float | None], *beginnings: str) -> str:
    """Those that begin so, classes aside; what is not finite is a dash."""
    shown = {name: value for name, value in metrics.items() if name.startswith(beginnings) and "_iou_" not in name}
    return ", ".join(f"{name} {'-' if value is None else f'{value:z.4f}'}" for name, value in shown.items())
