"""What a study is told of a trial that ended: the one place that decides it, for a running sweep and for a resume."""

from __future__ import annotations

from optuna.trial import TrialState as OptunaState

from reports.records.record import Reason

_STATES: dict[Reason, OptunaState] = {
    "completed": OptunaState.COMPLETE,
    "stopped_early": OptunaState.COMPLETE,
    "pruned": OptunaState.PRUNED,
    "failed": OptunaState.FAIL,
    "diverged": OptunaState.PRUNED,
    "infeasible": OptunaState.PRUNED,
}


def told(reason: Reason, best: tuple[float, ...] | None) -> tuple[OptunaState, tuple[float, ...] | None]:
    """The state of a trial in the study, and its objectives at its best epoch where it counts by them.

    A trial that was cut at a rung is told as pruned, without a value; it counts by the epochs that it reported. To the
    TPE it is then worse than every trial that came to its end, however good it was; among trials that were cut, one
    that came to a later rung is better, and of one rung that with the better value at its last epoch. Where few trials
    come to their end, the best of the cut ones so belong to the good half that the TPE imitates. With two objectives
    nothing can be reported by epoch; see lacking.

    Telling its best value as complete instead, as Ray's OptunaSearch does with the last one, would set values after a
    few epochs against values after all of them. A diverged trial is told as pruned without any epoch, which to
    the TPE is worse than every other, so that it keeps away from there. A failed one is no point at all: the machine
    failed, and its neighbours may be proposed again; so is one that ended without a value, as a record may say.

    A trial that fails a constraint is told as it ended, one that was not trained for it as pruned without any epoch;
    by how much it fails goes with it, and the TPE ranks all such trials behind every other, the nearest first.

    Source: `_split_trials` and `_get_pruned_trial_score` in optuna/samplers/_tpe/sampler.py, Optuna 5.0.
    """
    state = _STATES[reason]
    if state is not OptunaState.COMPLETE:
        return state, None
    return (OptunaState.FAIL, None) if best is None else (state, best)


def lacking(epochs: int, max_epochs: int, front: int) -> float:
    """By how much a trial of a study with two objectives fails the constraint that a trial come to its end.

    The TPE ranks those that fail a constraint behind all others, the one that fails it least first. So cut trials keep
    the order that they have with one objective: a later rung is better, and of one rung the nearer Pareto front.

    Args:
        epochs: after which the trial was cut; 0 where it diverged, whatever it reached before.
        max_epochs: of a whole trial.
        front: of its objectives at its best epoch, among the trials that were cut after as many epochs; 1 the best.

    Returns:
        The epochs that it lacks, and less than one more for its front.

    Source: `_split_trials` and `_split_infeasible_trials` in optuna/samplers/_tpe/sampler.py, Optuna 5.0.
    """
    return max_epochs - epochs + 1 - 1 / front
