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
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

from reports.records.errors import RecordError
from reports.records.stored_config import StoredConfig

Reason = Literal["completed", "pruned", "stopped_early", "failed", "diverged", "interrupted"]
EndReason = Literal["completed", "interrupted", "time_limit", "stopped", "paused", "failed"]
TrialName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]  # names a folder too, so it is never a path
FINAL_REASONS = frozenset({"completed", "pruned", "stopped_early", "failed", "diverged"})


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    time: float = Field(default_factory=time.time)  # seconds since 1970


class SweepStarted(_Event):
    """A driver took the sweep up: at its launch, and again at every resume."""

    event: Literal["sweep_started"] = "sweep_started"
    trials: int  # how many trials are asked for, all resumes together
    slots: int
    resumed: bool = False
    time_limit: float | None = None  # seconds after which this driver ends the sweep


class SweepExtended(_Event):
    """A sweep of which a time limit decides the size has time left for more trials than were planned."""

    event: Literal["sweep_extended"] = "sweep_extended"
    trials: int  # how many trials are asked for now


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
    metrics: dict[str, float | None]  # None stands for what is not finite
    seconds: dict[str, float]  # data, train, validate, checkpoint, other

    @field_validator("metrics", mode="before")
    @classmethod
    def _finite_or_none(cls, metrics: dict[str, Any]) -> dict[str, Any]:
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in metrics.items()
        }


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
    """A trial's end. `interrupted` is no end for good: a resume takes the trial up again."""

    event: Literal["trial_ended"] = "trial_ended"
    trial: TrialName
    reason: Reason
    error: str | None = None
    cut: Cut | None = None  # only a pruned trial has one


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


class Record:
    """Appends events to `record.jsonl`. One writer at a time; the sweep's lock sees to that."""

    def __init__(self, path: Path) -> None:
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
        if isinstance(event, TrialEnded | SweepStarted | SweepEnded | TestMeasured | WinnerConfirmed):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def read_events(path: Path) -> list[Event]:
    """All events of a record, oldest first. A torn last line is dropped with a warning; what is whole but for the end
    of the line counts, as it does when a driver goes on from it.

    Raises:
        RecordError: a line other than the last cannot be read; the text names it.
    """
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    events: list[Event] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            events.append(_event(line))
        except ValueError as error:  # pydantic's are ones too
            if number == len(lines):  # there is no newline behind it, so the writer died in mid-line
                warnings.warn(f"{path}: line {number} is torn and was dropped", stacklevel=2)
                break
            raise RecordError(f"{path}: line {number} is damaged ({_first_line(error)}); nothing was changed") from None
    return events


def _event(line: bytes) -> Event:
    return _EVENT.validate_python(json.loads(line))


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
