"""Which trials keep their best weights: the others give theirs up as soon as they have ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reports.records.folder import SweepFolder
from reports.records.pareto import fronts
from reports.records.state import SweepState, TrialState
from search_spaces.schema import Objective, SearchSpace
from tune_jobs.storage.checkpoints import SweepCheckpoints

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


def trials_to_keep(state: SweepState, space: SearchSpace, held: Iterable[str]) -> set[str]:
    """Of the trials that have weights the best; with two objectives, those that no other dominates as well; and the
    best with skips and the best without, for a report to show side by side.

    Those that have given theirs up were beaten by some that have them, and need not be looked at again.
    """
    objective = space.objective
    ranked = state.ranked(objective.metric, objective.mode, [state.trials[name] for name in held])
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


class CheckpointRetention:
    """Removes the checkpoints that a sweep no longer needs."""

    def __init__(
        self, folder: SweepFolder, space: SearchSpace, trials: Iterable[str], *, keep_all: bool = False
    ) -> None:
        """
        Args:
            folder: the sweep's.
            space: says what is best.
            trials: those of the record, some of which have checkpoints.
            keep_all: whether the best weights of every trial stay for now, since it is not yet known whose count.
        """
        self._space, self._checkpoints, self._keep_all = space, SweepCheckpoints(folder), keep_all
        self._held = self._checkpoints.held_of(trials)

    def add(self, trial: str) -> None:
        """A trial has begun to write checkpoints."""
        self._held.add(trial)

    def tidy(self, state: SweepState) -> None:
        """Keep the best weights of the best trials; of the other finished ones nothing."""
        kept = self._held if self._keep_all else trials_to_keep(state, self._space, self._held)
        for name in sorted(self._held):
            if not state.trials[name].finished:
                continue
            if name in kept:
                self._checkpoints.keep_best(name)
            else:
                self._checkpoints.remove(name)
                self._held.discard(name)
