"""A sweep that says more of another one: its confirmation, its ablation."""

from __future__ import annotations

from typing import Any

from reports.records.spec import SweepSpec, versions
from tune_jobs.redaction import redacted


def spec_beside(of: SweepSpec, name: str, command: str, **what: Any) -> SweepSpec:
    """What a sweep is to do that says more of another one: nothing is pruned, or left out for a constraint; `what` are
    fields of its own."""
    budget = of.space.budget.model_copy(update={"trials": 1, "reduction_factor": None})
    return SweepSpec(
        name=name,
        command=redacted(command),
        source=of.source,
        seed=of.seed,
        versions=versions(),
        space=of.space.model_copy(update={"budget": budget, "constraints": ()}),
        data=of.data,
        code=of.code,
        **what,
    )
