"""What was made of a sweep beside it: trainings, confirmations, ablations, each with what it gave in a sentence.

Plain Python, so that `tune show` is quick.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cnnmodels.errors import UserError
from reports.analysis.repeats import ablations_of, confirmations_of
from reports.analysis.training import trained_of
from reports.records.folder import SweepFolder
from reports.records.state import SweepState
from reports.records.training import trainings_of


@dataclass(frozen=True)
class Made:
    """One of them."""

    kind: str  # training, confirmation, ablation, ladder
    name: str
    said: str


def made_of(sweep: SweepFolder, state: SweepState) -> list[Made]:
    """All that there is of a sweep, trainings first; one that cannot be read says so."""
    return [*_trainings(sweep), *_confirmations(sweep, state), *_ablations(sweep)]


def _trainings(sweep: SweepFolder) -> Iterator[Made]:
    for folder in trainings_of(sweep):
        try:
            trained = trained_of(folder)
            left = "" if trained.is_complete else f"{trained.epochs} of {trained.spec.epochs} epochs so far. "
            said = f"{left}{trained.in_words()}"
        except UserError as error:
            said = str(error)
        yield Made("training", folder.name, said)


def _confirmations(sweep: SweepFolder, state: SweepState) -> Iterator[Made]:
    for folder in confirmations_of(sweep):
        found = state.confirmed
        if found is not None and found.by == folder.name:
            said = f"Trial {found.trial} is the winner (probability {found.probability:z.2f})."
        else:
            said = _runs(folder, "Its winner is not that of the sweep as it is now")
        yield Made("confirmation", folder.name, said)


def _ablations(sweep: SweepFolder) -> Iterator[Made]:
    for folder in ablations_of(sweep):
        yield Made("ladder" if folder.spec().is_ladder else "ablation", folder.name, _runs(folder, "Complete"))


def _runs(folder: SweepFolder, complete: str) -> str:
    """How far it came."""
    try:
        state = folder.state()
    except UserError as error:
        return str(error)
    runs = f"{len(state.finished)} runs"
    return f"{complete}: {runs}." if state.end and state.end.reason == "completed" else f"Not complete: {runs} so far."
