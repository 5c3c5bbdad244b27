"""Two objectives: both are told to the study, both decide who is cut, and whose weights are kept."""

from __future__ import annotations

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from tests.tune_jobs.search.driven import run, value_of
from tune_jobs.search.checkpoint_retention import trials_to_keep

TWO = ["objective=[{metric: val_miou, mode: max}, {metric: parameters, mode: min}]", "search.width.choice=[8,16,32]"]


@pytest.mark.parametrize("spec", [TWO], indirect=True)
def test_two_objectives_are_both_told_to_the_study_and_both_decide_who_is_cut(folder, open_ledger):
    run(open_ledger(trials=6))
    scheduler = open_ledger(trials=8)  # the first driver was killed; the second fills its study from the record
    run(scheduler)
    storage = JournalStorage(JournalFileBackend(str(folder.journal_path)))
    study = optuna.load_study(study_name="s", storage=storage)
    assert len(study.directions) == 2
    complete = [trial for trial in study.trials if trial.state is optuna.trial.TrialState.COMPLETE]
    assert complete
    for told in complete:
        trial = scheduler.state.trials[told.user_attrs["trial"]]
        assert told.values == [value_of(trial.config, 4), trial.config["width"] * 100.0]
    cuts = [trial.cut for trial in scheduler.state.trials.values() if trial.cut]
    assert cuts
    pruned = [trial for trial in study.trials if trial.state is optuna.trial.TrialState.PRUNED]
    for told in pruned:
        lacks = 4 - scheduler.state.trials[told.user_attrs["trial"]].cut.rung
        assert lacks <= told.constraints["came to its end"] < lacks + 1
    assert all(cut.value > cut.cutoff >= 1 for cut in cuts), "numbers of fronts"


@pytest.mark.parametrize("spec", [TWO], indirect=True)
def test_weights_of_every_trial_that_no_other_beats_in_both_objectives_are_kept(folder, open_ledger):
    scheduler = open_ledger(trials=8)
    run(scheduler)
    points = {
        name: (trial.best("val_miou", "max")[1], trial.config["width"])
        for name, trial in scheduler.state.trials.items()
    }
    beaten = {
        name
        for name, (miou, width) in points.items()
        if any(m >= miou and w <= width and (m, w) != (miou, width) for m, w in points.values())
    }
    assert points.keys() - beaten <= trials_to_keep(scheduler.state, scheduler.space, points)
