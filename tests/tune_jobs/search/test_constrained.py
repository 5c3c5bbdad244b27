"""A sweep with constraints, over made-up curves: what fails one never wins, and the sampler keeps away from there."""

from __future__ import annotations

import pytest

from reports.analysis.feasibility import ended_in_words, infeasible_sentence
from reports.analysis.summary import search_worth
from reports.analysis.yardsticks import yardsticks
from reports.records.record import SweepEnded
from search_spaces.loading import load
from tests.tune_jobs.search.made_up import DATA, SMALL, made_up_spec
from tune_jobs.search.changed_space import NewSpace, change_space
from tune_jobs.search.messages import EpochMessage, InfeasibleMessage
from tune_jobs.search.scheduler import SweepScheduler
from tune_jobs.search.warm_start import warm_start
from tune_jobs.storage.sweep_folders import rewrite_spec, write_spec

WIDTHS = "search={width: {log_int: [4, 64], default: 16}, lr: {log_uniform: [0.0001, 0.01], default: 0.001}}"
BASE = (WIDTHS, "fixed={}", "named={}")
SMALL_NETWORK = 'constraints=["parameters<=2000"]'
QUICK = 'constraints=["seconds_per_image<=0.02"]'


def run(scheduler):
    """One worker; a wider network is better, has 100 numbers a width, and takes a millisecond a width an image. What
    was not trained, by trial."""
    untrained, limits = [], scheduler.space.limits
    while (assignment := scheduler.next_trial()) is not None:
        scheduler.started(assignment, node="n", slot=0)
        width = assignment.config["width"]
        size = {"parameters": width * 100.0}
        if any(one.metric == "parameters" and one.fails_by(size["parameters"]) for one in limits):
            assert scheduler.hear(InfeasibleMessage(assignment.trial, size))
            untrained.append(assignment.trial)
            continue
        for epoch in range(1, 5):
            metrics = {"val_miou": width / 100 + epoch / 1000, "seconds_per_image": width / 1000, **size}
            ended = "completed" if epoch == 4 else None
            if scheduler.hear(EpochMessage(assignment.trial, epoch, metrics, {"train": 1.0}, ended)):
                break
    return untrained


def swept(path, *overrides, trials=30):
    folder, spec = made_up_spec(path, *BASE, *overrides)
    write_spec(folder, spec)
    return folder, spec, go_on(folder, spec, trials)


def go_on(folder, spec, trials):
    scheduler = SweepScheduler(folder, spec, trials=trials, slots=1)
    untrained = run(scheduler)
    scheduler.close(SweepEnded(reason="completed"))
    return untrained


def widths(trials):
    return [trial.config["width"] for trial in trials]


def test_a_network_that_is_too_large_is_not_trained_and_the_record_says_how_large_it_is(tmp_path):
    folder, spec, untrained = swept(tmp_path, SMALL_NETWORK)
    state = folder.state()
    assert untrained
    for trial in state.trials.values():
        assert (trial.reason == "infeasible") == (trial.trial in untrained) == (trial.config["width"] > 20)
    one = state.trials[untrained[0]]
    assert (one.epochs, one.known) == ({}, {"parameters": one.config["width"] * 100.0})
    assert ended_in_words(one, state, spec.space.objective) == "infeasible, fails parameters<=2000"
    assert search_worth(state, spec.space.objective).best.config["width"] <= 20
    said = infeasible_sentence(state, spec.space.objective)
    count = len(untrained)
    assert said.startswith(
        f"{count} of 30 trials fail a constraint ({count} parameters<=2000), and none of them can be"
    )


def test_a_trial_that_fails_by_what_it_measured_is_trained_and_never_the_best(tmp_path):
    folder, spec, untrained = swept(tmp_path, QUICK)
    state, objective = folder.state(), spec.space.objective
    assert untrained == []
    failing = [one for one in state.trials.values() if one.config["width"] > 20]
    assert failing
    assert all(one.reason == "completed" for one in failing), "no other is measured by it, nor it by others"
    assert all(width <= 20 for width in widths(state.ranked("val_miou", "max")))
    assert search_worth(state, objective).best_value == pytest.approx(0.204, abs=0.02)


@pytest.mark.parametrize("limit", [SMALL_NETWORK, QUICK])
def test_the_sampler_keeps_away_from_what_fails(tmp_path, limit):
    free, _, _ = swept(tmp_path / "free", trials=60)
    held, _, _ = swept(tmp_path / "held", limit, trials=60)
    beyond = [sum(width > 20 for width in widths(folder.state().trials.values())) for folder in (free, held)]
    assert beyond[1] < beyond[0] / 2


@pytest.mark.parametrize("limit", [SMALL_NETWORK, QUICK])
def test_a_resume_tells_the_sampler_the_same(tmp_path, limit):
    folder, spec, _ = swept(tmp_path, limit, trials=20)
    before = folder.state()
    go_on(folder, spec, 60)
    state = folder.state()
    assert [state.trials[name].reason for name in before.trials] == [one.reason for one in before.trials.values()]
    later = [trial for name, trial in state.trials.items() if name not in before.trials]
    assert sum(width > 20 for width in widths(later)) < len(later) / 2


def test_where_all_fail_it_is_said_with_what_comes_nearest(tmp_path):
    folder, spec, untrained = swept(tmp_path, 'constraints=["parameters<=10"]', trials=4)
    state, objective = folder.state(), spec.space.objective
    assert len(untrained) == 4
    assert search_worth(state, objective) is None
    assert yardsticks(spec, state) == []
    nearest = min(state.trials.values(), key=lambda trial: trial.config["width"])
    assert infeasible_sentence(state, objective) == (
        "No trial keeps to the constraints, so there is no best. 4 of 4 trials fail a constraint (4 parameters<=10), "
        f"and none of them can be the best; 4 were not trained for it. Nearest comes trial {nearest.trial}, with "
        f"parameters {nearest.config['width'] * 100}."
    )


def test_without_constraints_nothing_is_said_of_them(tmp_path):
    folder, spec, _ = swept(tmp_path, trials=2)
    assert infeasible_sentence(folder.state(), spec.space.objective) is None


def test_a_default_that_fails_is_nothing_to_compare_with(tmp_path):
    folder, spec, _ = swept(tmp_path, 'constraints=["seconds_per_image<=0.01"]', trials=24)
    state, objective = folder.state(), spec.space.objective
    assert state.trials["0000"].reason == "completed"
    assert search_worth(state, objective).default_value is None
    assert "0000" not in [row.trial for row in yardsticks(spec, state)]


def test_another_space_may_change_the_constraints_and_what_was_trained_is_judged_anew(tmp_path):
    folder, spec, _ = swept(tmp_path, trials=20)
    best = folder.state().ranked("val_miou", "max")[0]
    assert best.config["width"] > 20
    new = NewSpace("new.yaml", load("seg_unet", [*SMALL, *BASE, QUICK]))
    changed, event = change_space(spec, folder.state(), new)
    assert event.differences == ("constraints seconds_per_image<=0.02, was none",)
    rewrite_spec(folder, changed, [event])
    go_on(folder, changed, 22)
    assert all(width <= 20 for width in widths(folder.state().ranked("val_miou", "max")))
    assert folder.state().outside == []


def test_what_was_not_trained_may_be_once_the_constraint_is_gone(tmp_path):
    folder, spec, untrained = swept(tmp_path, SMALL_NETWORK, trials=20)
    new = NewSpace("new.yaml", load("seg_unet", [*SMALL, *BASE]))
    changed, event = change_space(spec, folder.state(), new)
    rewrite_spec(folder, changed, [event])
    go_on(folder, changed, 60)
    state = folder.state()
    assert all(state.trials[name].reason == "infeasible" for name in untrained)
    assert state.ranked("val_miou", "max")[0].config["width"] > 20


def test_a_later_sweep_is_told_what_fails_its_own_constraints(tmp_path):
    folder, spec, _ = swept(tmp_path / "free", trials=20)
    _, later = made_up_spec(tmp_path / "later", *BASE, QUICK)
    known = warm_start(later.space, DATA, [(spec, folder.state())]).known
    assert len(known) == 20
    assert {bool(one.fails) for one in known if one.values["width"] > 20} == {True}
    assert {bool(one.fails) for one in known if one.values["width"] <= 20} == {False}


def test_two_objectives_and_a_constraint_leave_a_front_of_those_that_keep_to_it(tmp_path):
    two = "objective=[{metric: val_miou, mode: max}, {metric: parameters, mode: min}]"
    folder, _, _ = swept(tmp_path, two, QUICK, trials=30)
    assert all(width <= 20 for width in widths(folder.state().ranked("val_miou", "max")))
