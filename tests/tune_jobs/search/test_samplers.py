"""Every sampler of the table keeps the same promises."""

from __future__ import annotations

import errno
import json
import math
import os

import pytest

from reports.records.record import SweepEnded
from search_spaces.strategies import SAMPLERS as NAMES
from tests.search_spaces.conditional import CONDITIONAL
from tests.tune_jobs.search.made_up import made_up_spec, run_made_up
from tests.tune_jobs.sweeps import TINY, finish, launch_words, nothing_lost
from tune_jobs.search.messages import EpochMessage
from tune_jobs.search.samplers import SAMPLERS
from tune_jobs.search.scheduler import SweepScheduler
from tune_jobs.search.unseen import distance

every_sampler = pytest.mark.parametrize("name", list(SAMPLERS))
ONE_CONDITIONAL_RANGE = [
    "search={optimizer: {choice: [adam, sgd], default: adam}}",
    "search.momentum={uniform: [0.8, 0.99], default: 0.9, when: {optimizer: sgd}}",
]


def test_a_file_may_ask_for_every_sampler_and_for_no_other():
    assert set(SAMPLERS) == set(NAMES)


def asked(path, *overrides, trials=12, seed=0):
    """The configurations of a sweep of made-up curves, in their order."""
    folder, spec = made_up_spec(path, *overrides, seed=seed)
    scheduler = SweepScheduler(folder, spec, trials=trials, slots=2)
    given = run_made_up(scheduler)
    scheduler.close(SweepEnded(reason="completed"))
    return spec, [assignment.config for assignment in given]


@every_sampler
def test_a_seed_may_be_a_clocks(name, tmp_path):
    _, configs = asked(tmp_path, f"budget.sampler={name}", trials=4, seed=2**63 - 1)
    assert {config["seed"] for config in configs} == {2**63 - 1}


@every_sampler
def test_the_study_needs_no_symbolic_links(name, tmp_path, monkeypatch):
    def symlink(*_, **__):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "symlink", symlink)
    assert len(asked(tmp_path, f"budget.sampler={name}", trials=4)[1]) == 4


@every_sampler
def test_the_default_comes_first_and_no_configuration_twice(name, tmp_path):
    spec, configs = asked(tmp_path, f"budget.sampler={name}")
    assert configs[0]["lr"] == spec.space.default_of("lr")
    assert len({json.dumps(config, sort_keys=True) for config in configs}) == 12


@every_sampler
def test_a_seed_proposes_the_same_again_and_another_seed_something_else(name, tmp_path):
    _, first = asked(tmp_path / "a", f"budget.sampler={name}")
    _, again = asked(tmp_path / "b", f"budget.sampler={name}")
    _, other = asked(tmp_path / "c", f"budget.sampler={name}", seed=1)
    assert first == again
    assert [{**config, "seed": 0} for config in other] != first


@every_sampler
def test_a_knob_that_is_not_in_effect_has_its_plain_default(name, tmp_path):
    _, configs = asked(tmp_path, f"budget.sampler={name}", *CONDITIONAL, trials=20, seed=1)
    without = [config for config in configs if config["optimizer"] != "sgd"]
    assert {config["momentum"] for config in without} == {0.9}
    assert len({config["momentum"] for config in configs}) > 1


@every_sampler
def test_a_finite_space_is_tried_to_its_end_and_no_further(name, tmp_path):
    finite = "search={lr: {choice: [1e-4, 1e-3, 1e-2], default: 1e-4}, skip: {choice: [true, false]}}"
    _, configs = asked(tmp_path, f"budget.sampler={name}", finite, "budget.trials=6", trials=9)
    assert len({json.dumps(config, sort_keys=True) for config in configs}) == len(configs) == 6


@every_sampler
def test_every_value_of_a_grid_is_tried_once_as_it_is_written(name, tmp_path):
    grid = "search={label_smoothing: {quantized: [0.0, 0.9, 0.1], default: 0.3}}"
    _, configs = asked(tmp_path, f"budget.sampler={name}", grid, "fixed.lr=0.001", trials=14)
    assert sorted(config["label_smoothing"] for config in configs) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


@every_sampler
def test_a_space_whose_only_range_is_conditional_is_never_exhausted(name, tmp_path):
    _, configs = asked(tmp_path, f"budget.sampler={name}", *ONE_CONDITIONAL_RANGE, trials=20)
    assert len({json.dumps(config, sort_keys=True) for config in configs}) == 20


@every_sampler
def test_a_resume_proposes_something_new(name, tmp_path):
    folder, spec = made_up_spec(tmp_path, f"budget.sampler={name}")
    scheduler = SweepScheduler(folder, spec, trials=6, slots=2)
    run_made_up(scheduler)
    scheduler.close(SweepEnded(reason="completed"))
    scheduler = SweepScheduler(folder, spec, trials=12, slots=2)
    more = run_made_up(scheduler)
    scheduler.close(SweepEnded(reason="completed"))
    assert [assignment.trial for assignment in more] == [f"{number:04d}" for number in range(6, 12)]
    configs = [json.dumps(trial.config, sort_keys=True) for trial in folder.state().trials.values()]
    assert len(set(configs)) == 12


@every_sampler
def test_a_start_that_died_with_all_its_trials_running_is_gone_on_from_with_other_proposals(name, tmp_path):
    folder, spec = made_up_spec(tmp_path, f"budget.sampler={name}")
    scheduler = SweepScheduler(folder, spec, trials=24, slots=8)
    for slot in range(8):
        scheduler.started(scheduler.next_trial(), node="n", slot=slot)
    scheduler.close(SweepEnded(reason="interrupted"))
    scheduler = SweepScheduler(folder, spec, trials=24, slots=2)
    run_made_up(scheduler)
    scheduler.close(SweepEnded(reason="completed"))
    configs = [json.dumps(trial.config, sort_keys=True) for trial in folder.state().trials.values()]
    assert len(set(configs)) == len(folder.state().finished) == 24


def test_tpe_keeps_away_from_where_trials_diverge(tmp_path):
    folder, spec = made_up_spec(tmp_path, "search={lr: {log_uniform: [1.0e-4, 1.0], default: 3.0e-2}}")
    scheduler = SweepScheduler(folder, spec, trials=40, slots=1)
    diverged = []
    while (given := scheduler.next_trial()) is not None:
        scheduler.started(given, node="n", slot=0)
        lr, epoch, over = given.config["lr"], 0, False
        diverged.append(lr > 0.05)
        while not over:
            epoch += 1
            value = None if lr > 0.05 and epoch == 2 else 0.5 + 0.01 * epoch - 0.05 * abs(math.log10(lr) + 3)
            ended = "diverged" if value is None else "completed" if epoch == 4 else None
            over = scheduler.hear(EpochMessage(given.trial, epoch, {"val_miou": value}, {}, ended)) or ended is not None
    scheduler.close(SweepEnded(reason="completed"))
    assert any(diverged[:10]), "a third of the range diverges"
    assert sum(diverged[20:]) <= 3


def test_tpe_begins_around_the_best_so_far_and_looks_elsewhere_now_and_then(tmp_path):
    spec, configs = asked(tmp_path, "budget.sampler=tpe", trials=10)
    far = [distance(spec.space, spec.space.in_effect(one), spec.space.default()) for one in configs[1:]]
    knobs = len(spec.space.search)
    assert sum(one < knobs / 2 for one in far) >= 6
    assert max(far) > knobs / 2 - 1


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SAMPLERS if name != "tpe"])
def test_a_whole_sweep_ends_with_every_sampler_for_real(name, command, folder):
    finish(command(*launch_words("s", [*TINY, f"budget.sampler={name}"])))
    nothing_lost(folder.state(), folder, requested=6)
    assert folder.spec().space.budget.sampler == name
