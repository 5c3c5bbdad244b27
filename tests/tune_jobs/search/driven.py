"""Two workers of a sweep that take turns over made-up learning curves, and may stop anywhere."""

from __future__ import annotations

from tune_jobs.search.messages import EpochMessage
from tune_jobs.search.scheduler import SweepScheduler


def value_of(config: dict, epoch: int) -> float:
    """A made-up learning curve that a larger learning rate makes better."""
    return config["lr"] * 10 + epoch * 0.01


def run(scheduler: SweepScheduler, *, stop_after: int | None = None) -> list[tuple[str, int]]:
    """Two workers taking turns; every (trial, epoch) that was trained, in order."""
    trained, workers = [], [None, None]
    epochs: dict[str, int] = {}
    while True:
        before = len(trained)
        for slot in (0, 1):
            if workers[slot] is None and (assignment := scheduler.next_trial()):
                workers[slot] = assignment
                known = scheduler.state.trials.get(assignment.trial)
                epochs[assignment.trial] = max(known.epochs, default=0) if known else 0
                scheduler.started(assignment, node="n", slot=slot)
            if (assignment := workers[slot]) is None:
                continue
            epoch = epochs[assignment.trial] = epochs[assignment.trial] + 1
            trained.append((assignment.trial, epoch))
            report = EpochMessage(
                assignment.trial,
                epoch,
                {"val_miou": value_of(assignment.config, epoch), "parameters": assignment.config["width"] * 100.0},
                {"train": 1.0},
                ended="completed" if epoch == 4 else None,
            )
            if scheduler.hear(report):
                workers[slot] = None
            if stop_after is not None and len(trained) == stop_after:
                return trained
        if len(trained) == before:
            return trained
