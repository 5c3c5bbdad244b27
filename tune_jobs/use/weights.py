"""Which trained weights of a sweep are put to work: its winner's, a trial's, a training's, or all that were kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from cnnmodels.metric_table import Mode
from reports.analysis.confirmation import runs_of
from reports.analysis.formatting import listed, number
from reports.analysis.summary import search_worth
from reports.analysis.training import trained_of
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState
from reports.records.training import TrainingFolder, find_training
from tune_jobs.storage.checkpoints import SweepCheckpoints
from tune_jobs.storage.working_copy import place_of, storage_errors


@dataclass(frozen=True)
class TrainedWeights:
    """A checkpoint, and whose it is."""

    trial: str
    path: Path
    in_words: str  # trial 0003 (val_miou 0.5234 at epoch 9)
    training: TrainingFolder | None = None  # of which they are, where they are of none of the sweep's own trials
    saw_val: bool = False  # whether they were trained on the validation images as well


def chosen_weights(folder: SweepFolder, trial: str | None = None, training: str | None = None) -> TrainedWeights:
    """The weights of a trial at its best epoch, or of a training; without a name, those of the winner: the confirmed
    one, else the best.

    Where a confirmed winner's own were not kept, those of its best run with a fresh seed are taken.

    Raises:
        SweepError: there is no such trial or training, or no weights of it.
    """
    if training is not None:
        if trial is not None:
            raise SweepError(f"--training {training}: is one network, --trial {trial} another; leave one of them out")
        return _of_a_training(find_training(folder, training))
    spec, state, name = folder.spec(), folder.state(), chosen_trial(folder, trial).trial
    _fetch(folder)
    found = _own(folder, spec, state.trials[name]) or _of_a_confirming_run(folder, state, name)
    if found is None and trial is None:
        best = next(iter(kept_weights(folder)), None)
        found = best and replace(best, in_words=f"{best.in_words}, the best of which weights were kept")
    if found is None:
        kept = listed([one.trial for one in kept_weights(folder)]) or "none"
        which = "--trial " + name if trial else "its winner"
        raise SweepError(f"{folder.name}: {which}: its weights were not kept; those of these trials were: {kept}")
    return found


def chosen_trial(folder: SweepFolder, trial: str | None = None) -> TrialState:
    """A trial by its name; without one, the winner.

    Raises:
        SweepError: there is no such trial, or none has a result.
    """
    spec, state = folder.spec(), folder.state()
    if trial is not None:
        if trial not in state.trials:
            known = listed(list(state.trials)) or "none yet"
            raise SweepError(f"--trial {trial}: {folder.name} has no such trial; there are {known}")
        return state.trials[trial]
    worth = search_worth(state, spec.space.objective)
    if worth is None:
        raise SweepError(f"{folder.name}: no trial has a result yet, so there is no winner to take")
    return worth.best


def kept_weights(folder: SweepFolder) -> list[TrainedWeights]:
    """Those of all trials that kept theirs, best first."""
    _fetch(folder)
    spec, state = folder.spec(), folder.state()
    ranked = state.ranked(spec.space.objective.metric, spec.space.objective.mode)
    return [found for trial in ranked if (found := _own(folder, spec, trial)) is not None]


def _fetch(folder: SweepFolder) -> None:
    with storage_errors(place_of(folder)):
        SweepCheckpoints(folder).fetch_best()


def _own(folder: SweepFolder, spec: SweepSpec, trial: TrialState) -> TrainedWeights | None:
    path = folder.trial_path(trial.trial) / "best.pt"
    if not path.is_file():
        return None
    metric, mode = spec.space.objective.metric, spec.space.objective.mode
    return TrainedWeights(trial.trial, path, f"trial {trial.trial}{_reached(trial, metric, mode)}")


def _of_a_training(training: TrainingFolder) -> TrainedWeights:
    trained = trained_of(training)
    path, name = training.weights_path(trained.spec.on), training.name
    if not path.is_file():
        again = f"tune train {training.sweep.name} --trial {trained.spec.trial}"
        raise SweepError(f"--training {name}: none of its epochs has given weights yet; {again} trains it")
    if trained.spec.on == "train+val":
        words = f"training {name} (on training and validation images, after epoch {trained.epochs})"
        return TrainedWeights(name, path, words, training, saw_val=True)
    return TrainedWeights(name, path, f"training {name}{_reached(trained.run, trained.metric, trained.mode)}", training)


def _of_a_confirming_run(folder: SweepFolder, state: SweepState, trial: str) -> TrainedWeights | None:
    if state.confirmed is None or state.confirmed.trial != trial:
        return None
    confirmation = SweepFolder(folder.path.parent / state.confirmed.by)
    if not confirmation.exists() or (question := confirmation.spec().confirmation) is None:
        return None
    _fetch(confirmation)
    spec, runs = confirmation.spec(), runs_of(confirmation.state(), question)[trial]
    metric, mode = spec.space.objective.metric, spec.space.objective.mode
    sign = 1 if mode == "max" else -1
    kept = [(best[1], run) for run in runs if _own(confirmation, spec, run) and (best := run.best(metric, mode))]
    if not kept:
        return None
    run = max(kept, key=lambda pair: sign * pair[0])[1]
    words = f"trial {trial}, by its run {run.trial} of {confirmation.name}{_reached(run, metric, mode)}"
    return TrainedWeights(trial, confirmation.trial_path(run.trial) / "best.pt", words)


def _reached(trial: TrialState, metric: str, mode: Mode) -> str:
    best = trial.best(metric, mode)
    return f" ({metric} {number(best[1])} at epoch {best[0]})" if best else ""
