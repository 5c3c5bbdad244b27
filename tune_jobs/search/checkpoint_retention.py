"""Which trials keep their best weights. Pure: from the state of a sweep to names of trials."""

from __future__ import annotations

from collections.abc import Sequence

from reports.records.pareto import fronts
from reports.records.state import SweepState, TrialState
from search_spaces.schema import Objective, SearchSpace

KEPT_CHECKPOINTS = 3  # trials whose best weights stay on disk


def best_until(trial: TrialState, objectives: Sequence[Objective]) -> dict[int, tuple[float, ...]]:
    """The objectives at the best epoch up to each epoch; best by the first of them."""
    sign = 1 if objectives[0].mode == "max" else -1
    points = trial.points([objective.metric for objective in objectives])
    best: dict[int, tuple[float, ...]] = {}
    leader: tuple[float, ...] | None = None
    for epoch, point in points.items():
        if leader is None or sign * point[0] > sign * leader[0]:
            leader = point
        best[epoch] = leader
    return best


def trials_to_keep(state: SweepState, space: SearchSpace) -> set[str]:
    """The best trials; with two objectives, those that no other dominates as well; and the best with skips and the best
    without, for a report to show side by side."""
    objective = space.objective
    ranked = state.ranked(objective.metric, objective.mode)
    kept = {trial.trial for trial in ranked[:KEPT_CHECKPOINTS]}
    if space.task == "colorization" and "skip" in space.search:
        with_skips = [trial.trial for trial in ranked if trial.config["skip"]]
        without = [trial.trial for trial in ranked if not trial.config["skip"]]
        kept |= {*with_skips[:1], *without[:1]}
    if len(space.objectives) > 1:
        points = {trial.trial: best_until(trial, space.objectives) for trial in ranked}
        modes = [one.mode for one in space.objectives]
        ranks = fronts({trial: best[max(best)] for trial, best in points.items() if best}, modes)
        kept |= {trial for trial, front in ranks.items() if front == 1}
    return kept
