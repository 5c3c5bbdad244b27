"""What a study is told of a trial that ended, and what Optuna's TPE makes of it."""

from __future__ import annotations

from typing import get_args

import optuna
import pytest
from optuna.samplers._tpe.sampler import _split_trials
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from reports.records.record import Reason
from tests.tune_jobs.search.made_up import made_up_spec
from tune_jobs.search.optuna_study import tpe
from tune_jobs.search.told import told

ENDS = [reason for reason in get_args(Reason) if reason != "interrupted"]


@pytest.mark.parametrize("reason", ENDS)
def test_every_end_is_told_and_only_a_trial_that_came_to_it_counts_by_its_value(reason):
    state, values = told(reason, (0.5,))
    assert state.is_finished()
    assert (values == (0.5,)) == (reason in ("completed", "stopped_early"))


@pytest.mark.parametrize("reason", ENDS)
def test_an_end_without_a_value_is_no_point(reason):
    state, values = told(reason, None)
    assert values is None
    assert state is not TrialState.COMPLETE


def test_a_cut_trial_is_worse_than_every_whole_one_and_a_later_cut_better_than_an_earlier_one_and_divergence_worst():
    study = optuna.create_study(direction="maximize")
    for reason, curve in (
        ("completed", {1: 0.1, 9: 0.2}),
        ("pruned", {3: 0.9}),
        ("pruned", {3: 0.5}),
        ("pruned", {1: 0.99}),
        ("diverged", {}),  # whatever it reached before
    ):
        state, values = told(reason, (max(curve.values(), default=0.0),))
        study.add_trial(optuna.trial.create_trial(state=state, values=values, intermediate_values=curve))
    assert all(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in study.trials)
    for n_below, expected in enumerate(([], [0], [0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 1, 2, 3, 4])):
        below, _ = _split_trials(study, study.trials, n_below)
        assert [trial.number for trial in below] == expected


TWO = "objective=[{metric: val_miou, mode: max}, {metric: parameters, mode: min}]"


def test_with_two_objectives_cut_trials_keep_that_order_and_among_those_of_a_rung_the_nearer_front_is_better(tmp_path):
    folder, spec = made_up_spec(tmp_path, TWO)
    study = tpe(spec, folder.journal_path, [])
    ends = [
        ("diverged", 3, (0.9, 1.0)),
        ("pruned", 1, (0.99, 5.0)),
        ("pruned", 2, (0.5, 5.0)),
        ("pruned", 2, (0.4, 6.0)),  # beaten in both by the one before
        ("completed", 4, (0.1, 9.0)),
    ]
    for number, (reason, epochs, best) in enumerate(ends):
        trial = f"{number:04d}"
        study.ask(trial)
        for epoch in range(1, epochs + 1):
            study.report(trial, epoch, best[0])
        study.tell(trial, reason, best, {})
    kept = optuna.load_study(
        study_name="s", storage=optuna.storages.JournalStorage(JournalFileBackend(str(folder.journal_path)))
    )
    seen = [trial for trial in kept.trials if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)]
    ranked = []
    for n_below in range(1, len(seen) + 1):
        below = {trial.user_attrs["trial"] for trial in _split_trials(kept, seen, n_below)[0]}
        ranked += sorted(below - set(ranked))
    assert ranked == ["0004", "0002", "0003", "0001", "0000"]
