"""That a sweep's search space was changed, as people are told. Plain Python, so that `tune show` is quick."""

from __future__ import annotations

from reports.analysis.formatting import listed
from reports.records.record import SpaceChanged


def what_changed(event: SpaceChanged) -> str:
    """Which knobs are searched otherwise from there on."""
    return f"The search space is another one from here on: {'; '.join(event.differences)}"


def what_counts_on(event: SpaceChanged) -> str:
    """Which of the trials that had begun lie in the new space."""
    outside = list(event.outside)
    if not outside:
        return f"All {event.trials} trials lie in it and count on" if event.trials else "No trial had begun"
    inside = event.trials - len(outside)
    lie = "lies" if len(outside) == 1 else "lie"
    return (
        f"{inside} of {event.trials} trials lie in it and count on; {listed(outside)} {lie} outside: still shown, but "
        "neither ranked nor told to the sampler"
    )


def space_changed(event: SpaceChanged) -> str:
    """The same looked back upon."""
    begun = f"after {event.trials} trial{'' if event.trials == 1 else 's'}"
    outside = f" {listed(list(event.outside))} outside" if event.outside else " none outside"
    return f"The search space was changed {begun},{outside}: {'; '.join(event.differences)}."
