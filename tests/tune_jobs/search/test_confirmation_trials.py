"""Which runs a confirmation asks for: through the real scheduler and record, over made-up values."""

from __future__ import annotations

import random

import pytest

from reports.analysis.confirmation import verdicts
from reports.analysis.repeats import confirmations_of, repeated_values, without_seed
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from reports.records.record import SweepEnded
from tests.tune_jobs.search.made_up import made_up_spec
from tune_jobs.search.confirmation_trials import candidates_of
from tune_jobs.search.messages import EpochMessage, FailureMessage
from tune_jobs.search.scheduler import SweepScheduler
from tune_jobs.storage.sweep_folders import write_spec

SEARCH = "search={lr: {choice: [0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008], default: 0.001}}"
ASKED = {"top": 3, "seeds": 5, "indifference": 0.0}


def swept(path, values=(0.30, 0.50, 0.55, 0.56, 0.31, 0.32)):
    """A sweep whose trials reached these values."""
    folder, spec = made_up_spec(path, SEARCH, "budget.sampler=random")
    scheduler = SweepScheduler(folder, spec, trials=len(values), slots=1)
    for value in values:
        given = scheduler.next_trial()
        scheduler.started(given, node="n", slot=0)
        scheduler.hear(EpochMessage(given.trial, 1, {"val_miou": value}, {}, "completed"))
    scheduler.close(SweepEnded(reason="completed"))
    return folder, spec


def confirmation_of(path, question, of):
    folder, spec = made_up_spec(path / "confirmation", SEARCH)
    return folder, spec.model_copy(update={"space": of.space, "seed": of.seed, "confirmation": question})


def run(scheduler, question, truth, spread=0.001, slots=2, most=100):
    """Work through the runs, each its arm's value and an error; how many were given out. Cut off after `most`."""
    names = {without_seed(arm.config): arm.label for arm in question.arms}
    rng, given, running = random.Random(0), 0, []
    while given < most:
        assignment = scheduler.next_trial()
        if assignment is not None:
            given += 1
            scheduler.started(assignment, node="n", slot=0)
            running.append(assignment)
        if running and (assignment is None or len(running) == slots):
            over = running.pop(0)
            value = truth[names[without_seed(over.config)]] + rng.gauss(0, spread)
            scheduler.hear(EpochMessage(over.trial, 1, {"val_miou": value}, {}, "completed"))
        elif assignment is None:
            assert not scheduler.may_run_again()
            scheduler.close(SweepEnded(reason="completed"))
            return given
    scheduler.close(SweepEnded(reason="interrupted"))
    return given


def test_candidates_are_the_best_and_the_default_is_compared_with(tmp_path):
    question = candidates_of(*swept(tmp_path), **ASKED)
    assert [arm.label for arm in question.candidates] == ["0003", "0002", "0001"]
    assert question.reference.label == "0000"
    assert question.runs == 15


def test_a_default_that_is_a_candidate_is_no_reference(tmp_path):
    question = candidates_of(*swept(tmp_path, values=(0.6, 0.5, 0.4, 0.3, 0.2, 0.1)), **ASKED)
    assert question.candidates[0].label == "0000"
    assert question.reference is None


def test_nothing_can_be_confirmed_without_a_result(tmp_path):
    folder, spec = made_up_spec(tmp_path, SEARCH)
    SweepScheduler(folder, spec, trials=1, slots=1).close(SweepEnded(reason="stopped"))
    with pytest.raises(SweepError, match="has no result yet"):
        candidates_of(folder, spec, **ASKED)


def test_no_seed_is_used_twice_or_was_used_by_the_sweep(tmp_path):
    sweep, of = swept(tmp_path)
    question = candidates_of(sweep, of, **ASKED)
    folder, spec = confirmation_of(tmp_path, question, of)
    truth = {"0003": 0.5, "0002": 0.5, "0001": 0.5, "0000": 0.3}
    scheduler = SweepScheduler(folder, spec, trials=question.runs, slots=2)
    run(scheduler, question, truth, spread=0.01)
    seeds = {}
    for trial in folder.state().trials.values():
        seeds.setdefault(without_seed(trial.config), []).append(trial.config["seed"])
    assert all(len(set(used)) == len(used) and of.seed not in used for used in seeds.values())


def test_runs_end_once_it_is_decided_and_go_to_those_in_question(tmp_path):
    sweep, of = swept(tmp_path)
    question = candidates_of(sweep, of, **{**ASKED, "seeds": 20})
    folder, spec = confirmation_of(tmp_path, question, of)
    scheduler = SweepScheduler(folder, spec, trials=question.runs, slots=2)
    given = run(scheduler, question, {"0003": 0.500, "0002": 0.502, "0001": 0.40, "0000": 0.3}, spread=0.002)
    found = verdicts(folder.state(), spec)
    assert found.winner.trial == "0002"
    assert found.decided
    assert given < 60
    runs = {row.trial: len(row.values) for row in found.rows}
    assert runs["0001"] <= 3 < min(runs["0002"], runs["0003"])
    assert folder.state().notes == []


def test_a_confirmation_that_was_cut_off_goes_on_as_if_it_had_not_been(tmp_path):
    sweep, of = swept(tmp_path)
    question = candidates_of(sweep, of, **ASKED)
    truth = {"0003": 0.5, "0002": 0.5, "0001": 0.49, "0000": 0.3}
    whole, spec = confirmation_of(tmp_path / "whole", question, of)
    run(SweepScheduler(whole, spec, trials=15, slots=1), question, truth, spread=0.0, slots=1)
    cut, spec = confirmation_of(tmp_path / "cut", question, of)
    run(SweepScheduler(cut, spec, trials=15, slots=1), question, truth, spread=0.0, slots=1, most=9)
    run(SweepScheduler(cut, spec, trials=15, slots=1), question, truth, spread=0.0, slots=1)
    assert [one.config for one in cut.state().trials.values()] == [one.config for one in whole.state().trials.values()]


def test_a_confirmation_that_was_cut_off_is_asked_the_same_again(tmp_path):
    sweep, of = swept(tmp_path)
    write_spec(sweep, of)
    question = candidates_of(sweep, of, **ASKED)
    beside, spec = SweepFolder(tmp_path / "confirmation"), of.model_copy(update={"confirmation": question})
    beside.path.mkdir()
    write_spec(beside, spec.model_copy(update={"name": "confirmation"}))
    truth = {"0003": 0.56, "0002": 0.50, "0001": 0.40, "0000": 0.3}
    run(SweepScheduler(beside, spec, trials=15, slots=1), question, truth, slots=1, most=9)
    assert confirmations_of(sweep) != []
    values = repeated_values(sweep, of.space.objective, sweep.state())
    assert values != {}, "the runs so far say how much a result varies"
    assert candidates_of(sweep, of, **ASKED) == question


def test_a_candidate_that_fails_is_not_run_again(tmp_path):
    sweep, of = swept(tmp_path)
    question = candidates_of(sweep, of, **ASKED)
    folder, spec = confirmation_of(tmp_path, question, of)
    scheduler = SweepScheduler(folder, spec, trials=15, slots=1)
    first = scheduler.next_trial()
    scheduler.started(first, node="n", slot=0)
    scheduler.hear(FailureMessage(first.trial, "ValueError: no"))
    run(scheduler, question, {"0003": 0.5, "0002": 0.5, "0001": 0.4, "0000": 0.3}, spread=0.01)
    found = verdicts(folder.state(), spec)
    assert found.rows[-1].trial == "0003"
    assert found.rows[-1].failed == 1
    assert sum(without_seed(one.config) == without_seed(first.config) for one in folder.state().trials.values()) == 1
