"""Trials that train the best configurations of a sweep for more epochs than the search gave them. Runs none of them.

Such a trial is what the configuration gives when it is trained for so many epochs from its start. Where neither
schedule nor weight average depends on the number of epochs, the epochs that its trial has are the same ones, and it
goes on from those weights. Where they do (a cosine that ends at zero), it is trained anew: going on from a rate that
has come down to zero would be a recipe that nobody asked for, and that no single run repeats.
"""

from __future__ import annotations

from cnnmodels.config import is_open_ended
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.spec import LongerTrial, SweepSpec
from reports.records.state import SweepState
from tune_jobs.storage.checkpoints import SweepCheckpoints

BEST = 3  # trials that are trained longer where nobody says how many


def longer_trials(spec: SweepSpec, state: SweepState, epochs: int, best: int) -> list[LongerTrial]:
    """The best trials of those that came to their end, and the default, so that the best has something trained as long
    to be compared with.

    Raises:
        SweepError: the sweep is an ablation, no trial has come to its end, or the best had as many epochs already.
    """
    if not spec.is_search:
        raise SweepError(f"--epochs: {spec.name} searched for nothing; resume {spec.about} with it")
    if best < 1:
        raise SweepError(f"--best {best}: use 1 or more")
    objective = spec.space.objective
    ended = [
        trial
        for trial in state.ranked(objective.metric, objective.mode)
        if trial.reason in ("completed", "stopped_early") and trial.continues is None
    ]
    if not ended:
        raise SweepError(f"--epochs {epochs}: no trial of {spec.name} has come to its end yet; resume it without")
    had = max(int(trial.config["epochs"]) for trial in ended)
    if epochs <= had:
        raise SweepError(f"--epochs {epochs}: the trials of {spec.name} had {had} already; ask for more")
    chosen = [trial.trial for trial in ended[:best]]
    if state.default in ended and state.default.trial not in chosen:
        chosen.append(state.default.trial)
    new = [one for name in chosen if (one := LongerTrial(of=name, epochs=epochs)) not in spec.longer]
    if not new:
        raise SweepError(f"--epochs {epochs}: {spec.name} has its {best} best trials of {epochs} epochs already")
    return new


def still_longer(spec: SweepSpec, state: SweepState) -> list[LongerTrial]:
    """Those that were asked for and have not begun."""
    begun = {(trial.continues, trial.config["epochs"]) for trial in state.trials.values() if trial.continues}
    return [one for one in spec.longer if (one.of, one.epochs) not in begun]


def begin_longer(one: LongerTrial, trial: str, state: SweepState, folder: SweepFolder) -> str:
    """Make ready where a longer trial begins, and say where that is."""
    config = state.trials[one.of].config
    what = f"the configuration of trial {one.of} for {one.epochs} epochs"
    if not is_open_ended(config):
        return f"trains {what} anew, since its schedule is another one over so many"
    if SweepCheckpoints(folder).begin_from(trial, one.of):
        return f"trains {what}, on from the best epoch of that trial"
    return f"trains {what} anew, since the weights of that trial are not kept"
