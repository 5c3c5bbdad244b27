"""What a sweep would cost, for people and for programs."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from tests.reports.sweeps import SPEC
from tune_jobs.cli.tables.cost import plan_as_dict, show_plan
from tune_jobs.cost_estimate import CostEstimate
from tune_jobs.resources.slots import Slots
from tune_jobs.search.forecast import forecast_sweep

BUDGET = SPEC.space.budget


def estimate(slots: Slots, at_once: int) -> CostEstimate:
    return CostEstimate(
        slots=slots,
        rungs=BUDGET.rungs(),
        pruning=BUDGET.pruning_in_words(),
        trials=BUDGET.trials,
        max_epochs=BUDGET.max_epochs,
        epochs=forecast_sweep(BUDGET),
        epochs_unpruned=BUDGET.trials * BUDGET.max_epochs,
        seconds_of_an_epoch=10.0,
        parameters=1000,
        disk_bytes=5_000_000,
        measured_at_once=at_once,
    )


@pytest.mark.parametrize(
    ("slots", "at_once", "said"),
    [
        (Slots(1, 1, 0), 1, "10.00 s (the default, measured just now)"),
        (Slots(2, 1, 0), 2, "10.00 s (the default, measured just now in 2 of 2 slots at once)"),
        (Slots(8, 1, 1.0), 1, "10.00 s (the default, measured just now in 1 of 8 slots at once)"),
    ],
)
def test_a_plan_says_beside_how_many_others_its_epoch_was_measured(slots, at_once, said):
    console = Console(file=io.StringIO(), width=200)
    show_plan(estimate(slots, at_once), Path("sweeps"), console)
    assert said in console.file.getvalue()


def test_a_plan_for_programs_is_plain_numbers():
    cost = estimate(Slots(2, 1, 0), 2)
    found = json.loads(json.dumps(plan_as_dict(cost)))
    assert found["seconds"] == {
        "low": cost.seconds_range.low,
        "high": cost.seconds_range.high,
        "expected": cost.seconds,
    }
    assert found["epochs"]["low"] <= found["epochs"]["expected"] <= found["epochs"]["high"]
    assert found["slots"] == {"count": 2, "cpus": 1, "gpus": 0}
    assert (found["seconds_of_an_epoch"], found["measured_at_once"], found["trials"]) == (10.0, 2, BUDGET.trials)
