"""What an ablation is to run: whole configurations, which differ in one knob and what depends on it."""

from __future__ import annotations

import pytest

from reports.records.errors import SweepError
from reports.records.record import SweepEnded
from tests.tune_jobs.search.made_up import made_up_spec
from tune_jobs.search.ablation_trials import ablation_trials
from tune_jobs.search.messages import EpochMessage
from tune_jobs.search.scheduler import SweepScheduler

SEARCH = [
    "search={optimizer: {choice: [adam, sgd], default: adam}, lr: {log_uniform: [1.0e-4, 1.0e-1], default: 1.0e-3}}",
    "search.momentum={uniform: [0.8, 0.99], default: 0.85, when: {optimizer: sgd}}",
    "search.skip={choice: [true, false]}",
]


@pytest.fixture
def swept(tmp_path):
    """A sweep of which the trial with a name won."""

    def run(best, seed=0, values=(0.1, 0.5)):
        folder, spec = made_up_spec(tmp_path, *SEARCH, f"named={{found: {best}}}", seed=seed)
        scheduler = SweepScheduler(folder, spec, trials=2, slots=1)
        for value in values:
            given = scheduler.next_trial()
            scheduler.started(given, node="n", slot=0)
            scheduler.hear(EpochMessage(given.trial, 1, {"val_miou": value}, {}, "completed"))
        scheduler.close(SweepEnded(reason="completed"))
        return folder, spec

    return run


def by_label(trials):
    return {trial.label: trial.config for trial in trials}


def test_a_knob_goes_back_with_those_that_depend_on_it(swept):
    configs = by_label(ablation_trials(*swept("{optimizer: sgd, momentum: 0.95, lr: 0.01}"), seeds=1, ladder=False))
    assert list(configs) == ["best", "optimizer", "lr", "default"], "momentum is in effect in the best alone"
    assert (configs["best"]["optimizer"], configs["best"]["momentum"], configs["best"]["lr"]) == ("sgd", 0.95, 0.01)
    assert (configs["optimizer"]["optimizer"], configs["optimizer"]["momentum"]) == ("adam", 0.9)
    assert (configs["lr"]["optimizer"], configs["lr"]["momentum"], configs["lr"]["lr"]) == ("sgd", 0.95, 0.001)
    assert (configs["default"]["optimizer"], configs["default"]["lr"]) == ("adam", 0.001)


def test_a_default_that_is_one_knob_away_is_repeated_once(swept):
    configs = by_label(ablation_trials(*swept("{lr: 0.01}"), seeds=1, ladder=False))
    assert list(configs) == ["best", "lr"]


def test_a_ladder_adds_a_knob_with_those_that_depend_on_it(swept):
    configs = by_label(ablation_trials(*swept("{optimizer: sgd, momentum: 0.95, lr: 0.01}"), seeds=1, ladder=True))
    assert list(configs) == ["default", "+ optimizer", "+ lr"]
    assert configs["+ optimizer"]["momentum"] == 0.95
    assert configs["+ lr"]["lr"] == 0.01


@pytest.mark.parametrize(("used", "fresh"), [(0, {1, 2, 3}), (2**32 - 2, {2**32 - 1, 0, 1})])
def test_no_seed_is_one_that_the_search_used(swept, used, fresh):
    trials = ablation_trials(*swept("{optimizer: sgd, momentum: 0.95, lr: 0.01}", seed=used), seeds=3, ladder=False)
    assert {trial.config["seed"] for trial in trials} == fresh
    assert len(trials) == 4 * 3


def test_a_default_that_won_cannot_be_taken_apart(swept):
    with pytest.raises(SweepError, match="is the default; nothing to take apart"):
        ablation_trials(*swept("{lr: 0.01}", values=(0.5, 0.1)), seeds=1, ladder=False)
