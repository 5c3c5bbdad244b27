"""The scheduler of a sweep over made-up learning curves: no Ray, no torch, no time."""

from __future__ import annotations

from pathlib import Path

from reports.records.folder import SweepFolder
from reports.records.spec import DataSummary, SweepSpec
from search_spaces.loading import load
from tune_jobs.search.assignment import Assignment
from tune_jobs.search.messages import EpochMessage
from tune_jobs.search.scheduler import SweepScheduler

SMALL = ("budget.trials=8", "budget.max_epochs=4", "budget.reduction_factor=2", "data.images=10")
DATA = DataSummary(layout="none", fingerprint="0", classes=("a",), colors=((0, 0, 0),), counts={}, image_size=(8, 8))


def made_up_spec(path: Path, *overrides: str, seed: int = 0) -> tuple[SweepFolder, SweepSpec]:
    """A folder and what a sweep in it is to do."""
    (path / "s").mkdir(parents=True, exist_ok=True)
    space = load("seg_unet", [*SMALL, *overrides])
    spec = SweepSpec(name="s", command="", source="seg_unet", seed=seed, versions={}, space=space, data=DATA)
    return SweepFolder(path / "s"), spec


def run_made_up(scheduler: SweepScheduler) -> list[Assignment]:
    """Two workers take turns until nothing is left; a larger learning rate is better. What was given out, in order."""
    given: list[Assignment] = []
    workers: list[Assignment | None] = [None, None]
    epochs: dict[str, int] = {}
    while True:
        for slot in (0, 1):
            if workers[slot] is None and (assignment := scheduler.next_trial()):
                workers[slot] = assignment
                given.append(assignment)
                scheduler.started(assignment, node="n", slot=slot)
            if (assignment := workers[slot]) is not None:
                epoch = epochs[assignment.trial] = epochs.get(assignment.trial, 0) + 1
                metrics = {"val_miou": assignment.config["lr"] * 10 + 0.01 * epoch}
                ended = "completed" if epoch == 4 else None
                if scheduler.hear(EpochMessage(assignment.trial, epoch, metrics, {"train": 1.0}, ended)):
                    workers[slot] = None
        if workers == [None, None] and scheduler.is_out():
            return given
