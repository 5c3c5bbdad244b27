"""A sweep's folder, what it is to do, and schedulers over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.records.folder import SweepFolder
from reports.records.spec import DataSummary, SweepSpec
from search_spaces.loading import load
from tune_jobs.search.scheduler import SweepScheduler

SMALL = ["budget.trials=8", "budget.max_epochs=4", "budget.reduction_factor=2", "data.images=10"]


@pytest.fixture
def spec(request) -> SweepSpec:
    space = load("seg_unet", [*SMALL, *getattr(request, "param", [])])
    data = DataSummary(
        layout="none", fingerprint="0", classes=("a", "b"), colors=((0, 0, 0),) * 2, counts={}, image_size=(8, 8)
    )
    return SweepSpec(
        name="s",
        command="tune launch",
        source="seg_unet",
        seed=0,
        versions={},
        space=space,
        data=data,
    )


@pytest.fixture
def folder(tmp_path: Path) -> SweepFolder:
    (tmp_path / "s").mkdir()
    return SweepFolder(tmp_path / "s")


@pytest.fixture
def open_ledger(folder, spec):
    """Ledgers over one folder; one that is never closed was killed."""
    opened = []

    def open_one(trials: int) -> SweepScheduler:
        opened.append(SweepScheduler(folder, spec, trials=trials, slots=2))
        return opened[-1]

    yield open_one
    for scheduler in opened:
        scheduler._keeper.close()
