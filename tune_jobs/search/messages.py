"""What a worker can say of its trial to the driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cnnmodels.config import Precision

PREFLIGHT = "Pre-flight: "  # begins the notes that are shown at once, since a person may want to end the sweep for them
ROOM = "the nodes have room for"  # begins the note of how many trials run at once from now on
NO_ROOM = "no node has room for a trial now"  # begins the same where it is none, which is shown at once too
WORKER = (
    "its worker",
    "the worker",
    "its node",
    "no report for",
)  # begin notes of a trial whose worker is gone, shown at once too
Ended = Literal["completed", "stopped_early", "diverged"]  # cnnmodels.checkpoint has the same, but needs torch


@dataclass(frozen=True)
class EpochMessage:
    """An epoch has ended, and the trial with it where `ended` says how."""

    trial: str
    epoch: int  # from 1
    metrics: Mapping[str, float | None]
    seconds: dict[str, float]  # of each phase; none where a worker repeats what an earlier one had reported
    ended: Ended | None = None
    precision: Precision | None = None  # that it was trained in; None where a worker repeats it


@dataclass(frozen=True)
class FailureMessage:
    """The trial has failed by an exception of its own."""

    trial: str
    error: str  # its last line first, then the traceback
    out_of_memory: bool = False  # of the GPU


@dataclass(frozen=True)
class StorageFaultMessage:
    """Nothing can be written any more."""

    trial: str
    text: str


@dataclass(frozen=True)
class DataFaultMessage:
    """The images of the sweep are not where the trial would train; it has done nothing wrong."""

    trial: str
    text: str  # names the machine


@dataclass(frozen=True)
class NoteMessage:
    """Something that a person should know later; the trial goes on."""

    trial: str
    text: str


@dataclass(frozen=True)
class YardsticksMessage:
    """What doing nothing gives on the sweep's validation images."""

    trial: str  # the first one, whose worker measured it
    rows: Mapping[str, Mapping[str, float]]  # metrics of each way of doing nothing, by its name


@dataclass(frozen=True)
class InfeasibleMessage:
    """The trial is not trained, since it fails a constraint by what is known of it before."""

    trial: str
    metrics: dict[str, float]


TrialMessage = (
    EpochMessage
    | FailureMessage
    | InfeasibleMessage
    | StorageFaultMessage
    | DataFaultMessage
    | NoteMessage
    | YardsticksMessage
)
