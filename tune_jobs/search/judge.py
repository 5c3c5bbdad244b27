"""Judges running trials by their epochs: the pruner, given what counts of each trial."""

from __future__ import annotations

from reports.analysis.summary import is_never_pruned
from reports.records.record import Cut
from reports.records.state import TrialState
from search_spaces.constraints import failing
from search_spaces.schema import SearchSpace
from tune_jobs.search.checkpoint_retention import best_until
from tune_jobs.search.pruners import PRUNERS

Best = dict[int, tuple[float, ...]]  # the best so far of each objective, by epoch


class Judge:
    """Epochs that fail a constraint count for no trial; what is trained longer is judged by nothing."""

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        self._pruner = PRUNERS[space.budget.pruner](space.budget, [one.mode for one in space.objectives])

    def judge(self, trial: TrialState, epoch: int) -> Cut | None:
        """Where, and by what, a trial is cut off after this epoch; the pruner remembers the epoch."""
        if trial.continues is not None:
            return None
        values = best_until(trial, self._space.objectives).get(epoch)
        if values is None or failing(self._space.limits, trial.epochs[epoch].metrics):
            return None
        cut = self._pruner.judge(trial.trial, epoch, values)
        return None if is_never_pruned(trial) else cut

    def replay(self, trial: TrialState) -> None:
        """Tell the pruner of a trial of the record. An unfinished one's last epoch may have been recorded but not yet
        judged; its worker reports it once more, and it is judged then."""
        if trial.reason == "stopped_early":
            self.stopped_early(trial)
            return
        best = self._counting(trial)
        if not trial.finished and trial.epochs:
            best.pop(max(trial.epochs), None)
        self._pruner.replay(trial.trial, best)

    def stopped_early(self, trial: TrialState) -> None:
        """Its best stands for the epochs that it did not need."""
        best = self._counting(trial)
        last = max(best, default=0)
        carried = {epoch: best[last] for epoch in range(last + 1, self._space.budget.max_epochs + 1) if best}
        self._pruner.replay(trial.trial, {**best, **carried})

    def _counting(self, trial: TrialState) -> Best:
        best = best_until(trial, self._space.objectives)
        return {
            epoch: one for epoch, one in best.items() if not failing(self._space.limits, trial.epochs[epoch].metrics)
        }
