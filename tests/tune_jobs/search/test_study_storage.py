"""What a sampler sees of many trials, and what the file holds."""

import random

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import StudyDirection
from optuna.trial import TrialState, create_trial

from tune_jobs.search.study_storage import EndedTrials, StudyStorage


def trial(number, state=TrialState.COMPLETE, value=None, epochs=None):
    one = create_trial(
        state=state,
        value=value,
        params={"lr": 0.5},
        distributions={"lr": FloatDistribution(0, 1)},
        intermediate_values=epochs or {},
    )
    one.number = number
    return one


def completed(count):
    values = random.Random(0).sample(range(count), count)
    return [trial(number, value=float(value)) for number, value in enumerate(values)]


def some_of(trials, direction=StudyDirection.MAXIMIZE):
    ended = EndedTrials(direction)
    for one in trials:
        ended.add(one)
    return ended.some()


def test_few_trials_are_all_seen():
    trials = completed(500)
    assert some_of(trials) == trials


@pytest.mark.parametrize("direction", [StudyDirection.MAXIMIZE, StudyDirection.MINIMIZE])
def test_of_many_the_best_hundred_and_an_even_part_of_the_others_are_seen(direction):
    trials = completed(10_000)
    seen = some_of(trials, direction)
    values = sorted((one.value for one in trials), reverse=direction == StudyDirection.MAXIMIZE)
    assert set(values[:100]) <= {one.value for one in seen}
    assert 400 < len(seen) <= 520
    others = [one.value for one in seen if one.value not in values[:100]]
    assert 4000 < sum(others) / len(others) < 6000


def test_what_has_not_ended_is_always_seen_and_all_are_in_their_order(tmp_path):
    study = optuna.create_study(storage=StudyStorage(tmp_path / "j"), study_name="s", direction="maximize")
    for number in range(1200):
        if number in (301, 1000):
            study.ask()
        study.add_trial(trial(0, value=float(number)))
    numbers = [one.number for one in study.trials]
    assert numbers == sorted(numbers)
    assert {301, 1001} <= set(numbers)
    assert len(numbers) < 600
    running = study.get_trials(states=(TrialState.RUNNING,))
    assert [one.number for one in running] == [301, 1001]
    study.tell(301, 1e6)
    assert study.best_trial.number == 301


def test_where_few_come_to_their_end_those_that_were_cut_last_are_the_best_of_the_others():
    finished = [trial(number, value=0.0) for number in range(30)]
    late = [trial(number, TrialState.PRUNED, epochs={3: 0.1, 9: 0.2}) for number in range(30, 60)]
    early = [trial(number, TrialState.PRUNED, epochs={3: 0.9}) for number in range(60, 2000)]
    dropped = [trial(2000, TrialState.PRUNED), trial(2001, TrialState.PRUNED, epochs={3: float("nan")})]
    seen = {one.number for one in some_of([*finished, *late, *early, *dropped])}
    assert set(range(60)) <= seen
    assert 2001 not in seen


def test_what_fails_a_constraint_comes_behind_all_that_keeps_to_it():
    trials = completed(2000)
    for one in trials:
        if one.value >= 1000:
            one.set_constraint("parameters", 1.0)
    seen = {one.value for one in some_of(trials)}
    assert set(range(900, 1000)) <= seen
    assert not set(range(1900, 2000)) <= seen


def test_what_ended_since_is_seen_at_the_next_look():
    ended = EndedTrials(StudyDirection.MAXIMIZE)
    for one in completed(1000):
        ended.add(one)
    assert 1000 not in {one.number for one in ended.some()}
    ended.add(trial(1000, value=1e6))
    assert 1000 in {one.number for one in ended.some()}


def test_the_file_holds_every_trial_for_others_to_read(tmp_path):
    path = tmp_path / "study.journal"
    study = optuna.create_study(storage=StudyStorage(path), study_name="s", direction="maximize")
    for value in range(600):
        study.add_trial(trial(0, value=float(value)))
    assert len(study.trials) < 600
    read = optuna.load_study(study_name="s", storage=JournalStorage(JournalFileBackend(str(path))))
    assert [one.value for one in read.trials] == list(range(600))


def test_with_two_objectives_all_are_seen(tmp_path):
    study = optuna.create_study(
        storage=StudyStorage(tmp_path / "j"), study_name="s", directions=["maximize", "minimize"]
    )
    for value in range(600):
        study.add_trial(create_trial(values=[value, value], params={}, distributions={}))
    assert len(study.trials) == 600
