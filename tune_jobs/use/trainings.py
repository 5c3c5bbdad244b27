"""Which training a person means: one of before that goes on, or a new one."""

from __future__ import annotations

from filelock import FileLock, Timeout

from cnnmodels.config import TrialConfig, is_open_ended, parse
from reports.analysis.formatting import listed
from reports.analysis.training import trained_of
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.spec import versions
from reports.records.training import On, TrainingFolder, TrainingSpec, trainings_of
from tune_jobs.redaction import redacted
from tune_jobs.use.options import ON, TrainOptions
from tune_jobs.use.weights import chosen_trial

_TIMES_LONGER = 2  # than its trial, where nobody says how long
_SEEDS = 2**63  # that torch takes
_WAIT_SECONDS = 1


def asked_training(folder: SweepFolder, options: TrainOptions, command: str) -> tuple[TrainingFolder, TrainingSpec]:
    """The training that is asked for: of the same trial, images, seed and epochs there is one.

    Without epochs it is the latest that has not come to its end, else the latest. Where the schedule does not depend on
    the number of epochs, one with more of them is the same training, and goes on. Where it does, it is another one:
    going on from a rate that has come down to zero would be a recipe that nobody asked for (search/longer_trials.py).

    Args:
        folder: of the sweep.
        options: what is asked for.
        command: as it stands in the record and on the page.

    Returns:
        Its folder, which there may not be yet, and what it is to do from now on.

    Raises:
        SweepError: an option makes no sense, there is no such trial, or it has had as many epochs already.
    """
    on = _checked(options)
    trial = chosen_trial(folder, options.trial)
    config = parse(trial.config)
    seed = config.seed if options.seed is None else options.seed
    # Patience would end it before the epochs that are asked for; the best of them is kept anyway.
    config = config.model_copy(update={"seed": seed, "patience": None})
    alike = _alike(folder, trial.trial, on, seed)
    found = _meant(alike, options.epochs, open_ended=is_open_ended(config.model_dump()))
    if found is not None:
        return found
    epochs = options.epochs or _TIMES_LONGER * config.epochs
    config = config.model_copy(update={"epochs": epochs})
    name = _name(trial.trial, on, config, seed_is_own=options.seed is not None)
    spec = TrainingSpec(
        name=name,
        command=redacted(command),
        trial=trial.trial,
        on=on,
        config=config.model_dump(mode="json"),
        versions=versions(),
    )
    return TrainingFolder(folder.path / "trainings" / name), spec


def why_anew(training: TrainingFolder, spec: TrainingSpec) -> str | None:
    """Why a training begins from its start though there is one that differs in its epochs alone; None where there is
    none."""
    alike = _alike(training.sweep, spec.trial, spec.on, spec.config["seed"])
    others = [one.name for one, _ in alike if one.name != training.name]
    if not others:
        return None
    return (
        f"Its schedule, or the average of its weights, is another one over {spec.epochs} epochs, so it is trained "
        f"anew, beside {listed(others)}."
    )


def hold_training(training: TrainingFolder) -> FileLock:
    """Take the lock that whoever trains it holds for as long as the process lives.

    Raises:
        SweepError: another process trains it.
    """
    lock = FileLock(training.lock_path)
    try:
        lock.acquire(timeout=_WAIT_SECONDS)
    except Timeout:
        raise SweepError(f"{training.name} of {training.sweep.name} is being trained by another process") from None
    return lock


def _checked(options: TrainOptions) -> On:
    if options.on not in ON:
        raise SweepError(f"--on {options.on}: use {' or '.join(ON)}")
    if options.epochs is not None and options.epochs < 1:
        raise SweepError(f"--epochs {options.epochs}: use 1 or more")
    if options.seed is not None and not 0 <= options.seed < _SEEDS:
        raise SweepError(f"--seed {options.seed}: use 0 to {_SEEDS - 1}")
    return "train" if options.on == "train" else "train+val"


def _alike(folder: SweepFolder, trial: str, on: On, seed: int) -> list[tuple[TrainingFolder, TrainingSpec]]:
    """The trainings that differ in their epochs alone, the latest first."""
    found = [(one, one.spec()) for one in trainings_of(folder)]
    alike = [(one, spec) for one, spec in found if (spec.trial, spec.on, spec.config["seed"]) == (trial, on, seed)]
    return sorted(alike, key=lambda pair: -pair[1].created)


def _meant(
    alike: list[tuple[TrainingFolder, TrainingSpec]], epochs: int | None, *, open_ended: bool
) -> tuple[TrainingFolder, TrainingSpec] | None:
    """The one of these that is meant, and what it is to do; None where it is to be a new one."""
    if not alike:
        return None
    if epochs is None:
        return next((pair for pair in alike if not trained_of(pair[0]).is_complete), alike[0])
    same = next((pair for pair in alike if pair[1].epochs == epochs), None)
    if same is not None or not open_ended:
        return same
    training, spec = alike[0]
    had = trained_of(training).epochs
    if epochs < had:
        raise SweepError(f"--epochs {epochs}: {training.name} has been trained for {had} already; ask for more")
    return training, spec.model_copy(update={"config": {**spec.config, "epochs": epochs}})


def _name(trial: str, on: On, config: TrialConfig, *, seed_is_own: bool) -> str:
    """What a training is called: all that tells it from others of its sweep. A trial is never called so."""
    epochs = "" if is_open_ended(config.model_dump()) else f"-{config.epochs}"
    seed = f"-seed{config.seed}" if seed_is_own else ""
    return f"{trial}-{on.replace('+', '-')}{epochs}{seed}"
