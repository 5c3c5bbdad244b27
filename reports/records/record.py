"""The record: what happened in a sweep, one JSON object a line, append-only.

The only contract between running and looking: `tune_jobs` appends, everything that people see is read from here.
A line is on disk before anything is decided from it; a trial's end is synced to the device.
"""

from __future__ import annotations

import errno
import json
import math
import os
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from cnnmodels.config import Precision
from reports.records.errors import RecordError, SweepError
from reports.records.newer import FORMAT, is_newer, newer_in_words, without_unknown
from reports.records.plain_files import open_plain
from reports.records.stored_config import StoredConfig

Reason = Literal["completed", "pruned", "stopped_early", "failed", "diverged", "infeasible", "interrupted"]
EndReason = Literal["completed", "interrupted", "time_limit", "stopped", "paused", "failed"]
TrialName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]  # names a folder too, so it is never a path
Moment = Annotated[FiniteFloat, Field(gt=-1e10, lt=2.5e11)]  # seconds since 1970; beyond these there is no date
FINAL_REASONS = frozenset({"completed", "pruned", "stopped_early", "failed", "diverged", "infeasible"})


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    time: Moment = Field(default_factory=time.time)


class SweepStarted(_Event):
    """A driver took the sweep up: at its launch, and again at every resume."""

    event: Literal["sweep_started"] = "sweep_started"
    trials: int  # how many trials are asked for, all resumes together
    slots: int
    resumed: bool = False
    time_limit: float | None = None  # seconds after which this driver ends the sweep
    constraints: tuple[str, ...] = ()  # that a trial must keep to, to be the best
    format: int = FORMAT  # of the lines from here on


class SweepExtended(_Event):
    """A sweep of which a time limit decides the size has time left for more trials than were planned."""

    event: Literal["sweep_extended"] = "sweep_extended"
    trials: int  # how many trials are asked for now


class SpaceChanged(_Event):
    """A person gave the sweep another search space, which counts from the next driver on; `sweep.json` has it then."""

    event: Literal["space_changed"] = "space_changed"
    before: dict[str, Any]  # the search space until here, as `sweep.json` had it
    space: dict[str, Any]  # the one from here on
    differences: tuple[str, ...]  # between the two, knob by knob
    trials: int  # that had begun
    outside: tuple[TrialName, ...] = ()  # those of them that the new space does not hold; all others are of it


class TrialStarted(_Event):
    """A worker took a trial up: at its start, and again whenever its process was lost or the sweep resumed."""

    event: Literal["trial_started"] = "trial_started"
    trial: TrialName
    config: StoredConfig
    node: str
    slot: int  # number of the worker, from 0
    label: str | None = None  # of a configuration that people know by a name, such as `study`
    continues: TrialName | None = None  # the trial whose configuration it trains for more epochs


class EpochEnded(_Event):
    """One epoch of one trial. Read twice (after a replay), the later line counts."""

    event: Literal["epoch"] = "epoch"
    trial: TrialName
    epoch: int = Field(ge=1)
    metrics: dict[str, FiniteFloat | None]  # None stands for what is not finite (`finite`)
    seconds: dict[str, FiniteFloat]  # data, train, validate, checkpoint, other
    precision: Precision | None = None  # that its steps computed with


def finite(metrics: Mapping[str, float | None]) -> dict[str, float | None]:
    """Metrics as the record has them. No validator of the field, since each of 100,000 epochs would call it."""
    return {name: value if value is None or math.isfinite(value) else None for name, value in metrics.items()}


class Cut(BaseModel):
    """Why a trial was pruned: at which rung, with what value against what cut-off, among how many.

    Where a sweep has two objectives, value and cut-off are numbers of Pareto fronts at that rung, 1 the best.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    rung: int  # epochs
    value: float
    cutoff: float  # the value it would have had to reach
    seen: int  # trials that had reached the rung, this one included


class TrialEnded(_Event):
    """A trial's end. `interrupted` is no end for good: a resume takes the trial up again. `infeasible` is one that was
    not trained, since it fails a constraint by what was known before."""

    event: Literal["trial_ended"] = "trial_ended"
    trial: TrialName
    reason: Reason
    error: str | None = None
    cut: Cut | None = None  # only a pruned trial has one
    metrics: dict[str, FiniteFloat] | None = None  # what was known of one that was not trained


class SweepEnded(_Event):
    """The driver left the sweep, in an orderly way."""

    event: Literal["sweep_ended"] = "sweep_ended"
    reason: EndReason


class Yardstick(BaseModel):
    """A result of doing nothing, for trials to be measured against."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str  # for people: "the most frequent class (road)"
    metrics: dict[str, float]  # of the validation split


class YardsticksMeasured(_Event):
    """What doing nothing gives on the validation split, measured before the first trial; the last such line counts."""

    event: Literal["yardsticks"] = "yardsticks"
    rows: tuple[Yardstick, ...]


class TestMeasured(_Event):
    """The test images were shown to a network, at its best epoch: one run of a confirmed winner, or a trial that was
    evaluated. Each such line is one look at them."""

    event: Literal["test_measured"] = "test_measured"
    trial: TrialName
    metrics: dict[str, float | None]  # named as those of the validation images are; None stands for what is not finite


class WinnerConfirmed(_Event):
    """A confirmation of the sweep, a sweep of its own, has ended: which trial's configuration is its winner."""

    event: Literal["winner_confirmed"] = "winner_confirmed"
    trial: TrialName
    by: str  # name of the confirmation
    mean: float  # of the objective over fresh seeds
    low: float  # the 95 % interval of the mean begins here
    high: float
    runs: int  # of the winner
    probability: float  # that it is the best of the candidates, or within the indifference of the best
    decided: bool  # whether that probability reached what was asked for
    tied: tuple[TrialName, ...] = ()  # the other candidates that cannot be told from the best


class Note(_Event):
    """Something a person should know later: a worker lost, a checkpoint that did not load."""

    event: Literal["note"] = "note"
    text: str
    trial: TrialName | None = None


Event = (
    SweepStarted
    | SweepExtended
    | SpaceChanged
    | TrialStarted
    | EpochEnded
    | TrialEnded
    | SweepEnded
    | YardsticksMeasured
    | TestMeasured
    | WinnerConfirmed
    | Note
)
_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])
_LONGEST_LINE = 16_000_000  # bytes; the error of a trial is the longest that stands in one


class Record:
    """Appends events to `record.jsonl`. One writer at a time; the sweep's lock sees to that.

    Raises:
        SweepError: a newer version has written to it.
    """

    def __init__(self, path: Path) -> None:
        refuse_newer(path)
        self.path = path
        _mend_last_line(path)
        self._file = path.open("ab", buffering=0)  # what could not be written must not be written later

    def append(self, event: Event) -> None:
        """Write one line and hand it to the operating system; ends and starts of sweeps are synced to the device.

        Raises:
            OSError: the line could not be written; nothing of it is left.
        """
        line = (event.model_dump_json(exclude_none=not isinstance(event, EpochEnded)) + "\n").encode()
        before = os.fstat(self._file.fileno()).st_size
        try:
            written = self._file.write(line)
        except OSError:
            written = None
            raise
        finally:
            if written != len(line):
                self._file.truncate(before)
        if written != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        if isinstance(event, TrialEnded | SweepStarted | SweepEnded | SpaceChanged | TestMeasured | WinnerConfirmed):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def read_events(path: Path) -> list[Event]:
    """All events of a record, oldest first, as `iter_events` gives them."""
    return list(iter_events(path))


def iter_events(path: Path) -> Iterator[Event]:
    """The events of a record, oldest first, read line by line; none where there is no record yet.

    A torn last line is dropped with a warning; what is whole but for the end of the line counts, as it does when a
    driver goes on from it. What a newer version has written is passed over where it is not understood.

    Raises:
        RecordError: a line other than the last cannot be read, and the text names it; or the file cannot.
    """
    newer = False
    try:
        with open_plain(path) as file:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), start=1):
                if not line.strip():
                    continue
                try:
                    event, newer = (_event(line), newer) if not newer else (_known_event(line), True)
                except ValueError as error:  # pydantic's are ones too
                    if not newer and _starts_newer(line):
                        event, newer = _known_event(line), True
                    elif not line.endswith(b"\n") and len(line) < _LONGEST_LINE:  # the writer died in mid-line
                        warnings.warn(f"{path}: line {number} is torn and was dropped", stacklevel=2)
                        break
                    else:
                        raise RecordError(
                            f"{path}: line {number} is damaged ({_first_line(error)}); nothing was changed"
                        ) from None
                newer = newer or (isinstance(event, SweepStarted) and event.format > FORMAT)
                if event is not None:
                    yield event
    except FileNotFoundError:
        return
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror}); nothing was changed") from error


def _event(line: bytes) -> Event:
    return _EVENT.validate_json(line)


def _starts_newer(line: bytes) -> bool:
    """Whether a line that is not understood begins what a newer version has written."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return is_newer(document) and document.get("event") == "sweep_started"


def _known_event(line: bytes) -> Event | None:
    """What is understood of a line of a newer version; None where nothing is.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        document = json.loads(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    while isinstance(document, dict):
        try:
            return _EVENT.validate_python(document)
        except ValidationError as error:
            if not without_unknown(document, error, below=1):  # behind the kind of event
                return None
    return None


def refuse_newer(path: Path) -> None:
    """Nothing is appended to what a newer version has written.

    Raises:
        SweepError: it is such a record.
    """
    try:
        with open_plain(path) as file:
            for line in iter(lambda: file.readline(_LONGEST_LINE), b""):
                if b'"sweep_started"' in line and b'"format"' in line and _starts_newer(line):
                    said = newer_in_words(json.loads(line)["format"])
                    raise SweepError(f"{path}: {said}; update cnn-tune to go on with this sweep")
    except OSError:  # there is none yet, or whoever opens it for writing will tell
        return


def _mend_last_line(path: Path) -> None:
    """A writer that appends behind half a line would damage the middle of the record, so the half goes first; a whole
    line that lost no more than its end gets it back."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole == len(content):
        return
    with path.open("r+b") as file:
        try:
            _event(content[whole:])
        except ValueError:
            warnings.warn(f"{path}: dropped a torn last line of {len(content) - whole} bytes", stacklevel=3)
            file.truncate(whole)
        else:
            file.seek(0, os.SEEK_END)
            file.write(b"\n")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
