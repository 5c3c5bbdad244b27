"""A sweep that goes on with a wider range, or with more epochs for its best: over made-up curves, without Ray."""

from __future__ import annotations

import pytest

from reports.analysis.summary import search_worth
from reports.records.errors import SweepError
from reports.records.record import SweepEnded
from reports.records.spec import LongerTrial, SweepSpec
from tests.tune_jobs.search.made_up import made_up_spec, run_made_up
from tune_jobs.search.extension import extend
from tune_jobs.search.longer_trials import still_longer
from tune_jobs.search.scheduler import SweepScheduler
from tune_jobs.storage.sweep_folders import rewrite_spec, write_spec

LR = "search.lr={log_uniform: [0.0001, 0.01], default: 0.001}"


def run(folder, spec, trials):
    scheduler = SweepScheduler(folder, spec, trials=trials, slots=2)
    given = run_made_up(scheduler)
    scheduler.close(SweepEnded(reason="completed"))
    return given


@pytest.fixture
def swept(tmp_path):
    """Eight trials, of which a larger learning rate is better, up to the end of its range."""
    folder, spec = made_up_spec(tmp_path, LR, "named={largest: {lr: 0.01}}", "search.scheduler.default=none")
    write_spec(folder, spec)
    run(folder, spec, 8)
    return folder, spec


def test_a_range_is_wider_where_the_best_value_lies_and_half_as_many_trials_again_search_it(swept):
    folder, spec = swept
    extended = extend(spec, folder.state(), widen=["lr"])
    assert extended.spec.space.search["lr"].ends() == [1e-4, 0.1]
    assert extended.spec.space.default() == spec.space.default()
    assert extended.trials == 12
    assert extended.changes == [
        "The range of lr is 0.0001 to 0.1, log scale from here on; it was 0.0001 to 0.01, log scale, and the best "
        "value, 0.01 of trial 0001, lay at the upper end",
        "4 more trials, half as many again, search it; --trials decides otherwise",
    ]
    assert extend(spec, folder.state(), widen=["lr"], trials=20).trials == 20


@pytest.mark.parametrize("sampler", ["tpe", "random", "quasi-random"])
def test_old_trials_are_told_to_the_sampler_and_new_ones_come_from_the_wider_range(swept, sampler):
    folder, spec = swept
    extended = extend(spec, folder.state(), widen=["lr"])
    budget = extended.spec.space.budget.model_copy(update={"sampler": sampler})
    space = extended.spec.space.model_copy(update={"budget": budget})
    new = run(folder, extended.spec.model_copy(update={"space": space}), 40)
    assert len(new) == 32
    assert any(one.config["lr"] > 0.01 for one in new)
    assert len(folder.state().finished) == 40


def test_the_record_says_what_the_range_was_and_sweep_json_what_it_is(swept):
    folder, spec = swept
    extended = extend(spec, folder.state(), widen=["lr"])
    rewrite_spec(folder, extended.spec, extended.changes)
    assert folder.spec() == extended.spec
    assert "it was 0.0001 to 0.01" in folder.state().notes[-2].text
    assert SweepSpec.model_validate_json(extended.spec.model_dump_json()) == extended.spec


@pytest.mark.parametrize(
    ("knob", "said"),
    [
        ("learning_rate", r"--widen learning_rate: s does not search it\. Did you mean `lr`\?"),
        ("skip", r"--widen skip: is a choice \(one of true, false\), which has no end to widen; launch a new sweep"),
        ("weight_decay", r"--widen weight_decay: the best value, 0\.01, lies at no end of 1e-05 to 0\.1, log scale"),
        ("augmentation_strength", r"--widen augmentation_strength: is not in effect in the best trial \(0001\)"),
    ],
)
def test_what_cannot_be_wider_is_refused_in_one_line(swept, knob, said):
    folder, spec = swept
    with pytest.raises(SweepError, match=f"^{said}"):
        extend(spec, folder.state(), widen=[knob])


def test_the_best_that_came_to_their_end_and_the_default_are_trained_longer(swept):
    folder, spec = swept
    state = folder.state()
    best = [one.trial for one in state.ranked("val_miou", "max") if one.reason == "completed"]
    extended = extend(spec, state, epochs=8, best=1)
    assert extended.spec.longer == (LongerTrial(of=best[0], epochs=8), LongerTrial(of="0000", epochs=8))
    assert extended.trials == 10
    assert extended.changes == [f"Trained for 8 epochs, each as a further trial: the configurations of {best[0]}, 0000"]


def test_longer_trials_are_not_pruned_and_neither_sampler_nor_rungs_hear_of_them(swept):
    folder, spec = swept
    before = folder.state()
    extended = extend(spec, before, epochs=8, best=2)
    given = run(folder, extended.spec, extended.trials)
    after = folder.state()
    assert [after.trials[one.trial].continues for one in given] == [one.of for one in extended.spec.longer]
    assert all(one.config == {**before.trials[after.trials[one.trial].continues].config, "epochs": 8} for one in given)
    assert all(after.trials[one.trial].reason == "completed" for one in given)
    assert after.searched.keys() == before.trials.keys()
    assert folder.journal_path.read_text().count('"user_attrs":{"trial":') == len(before.trials)
    assert still_longer(extended.spec, after) == []


def test_longer_trials_that_had_not_begun_when_a_driver_died_come_first_in_the_next(swept):
    folder, spec = swept
    extended = extend(spec, folder.state(), epochs=8, best=2)
    scheduler = SweepScheduler(folder, extended.spec, trials=12, slots=2)
    first = scheduler.next_trial()
    scheduler.started(first, node="n", slot=0)
    scheduler._keeper.close()
    given = run(folder, extended.spec, 12)
    state = folder.state()
    wanted = [one.of for one in extended.spec.longer]
    assert [state.trials[one.trial].continues for one in given][: len(wanted)] == wanted
    assert given[0].trial == first.trial, "the one that was cut off goes on"


def test_a_longer_best_is_compared_with_the_default_that_was_trained_as_long(swept):
    folder, spec = swept
    extended = extend(spec, folder.state(), epochs=8, best=1)
    run(folder, extended.spec, extended.trials)
    state = folder.state()
    longer = {one.continues: one for one in state.trials.values() if one.continues}
    for trial in longer.values():  # more epochs are worth something
        for epoch, event in trial.epochs.items():
            trial.epochs[epoch] = event.model_copy(update={"metrics": {"val_miou": event.metrics["val_miou"] + 1}})
    worth = search_worth(state, spec.space.objective)
    assert worth.best.continues == "0001"
    assert worth.default_value == longer["0000"].best("val_miou", "max")[1]


@pytest.mark.parametrize(
    ("epochs", "best", "said"),
    [(4, 3, "--epochs 4: the trials of s had 4 already; ask for more"), (8, 0, "--best 0: use 1 or more")],
)
def test_what_cannot_be_trained_longer_is_refused(swept, epochs, best, said):
    folder, spec = swept
    with pytest.raises(SweepError, match=said):
        extend(spec, folder.state(), epochs=epochs, best=best)


def test_asked_twice_for_the_same_epochs_there_is_nothing_to_do(swept):
    folder, spec = swept
    once = extend(spec, folder.state(), epochs=8, best=2).spec
    with pytest.raises(SweepError, match="--epochs 8: s has its 2 best trials of 8 epochs already"):
        extend(once, folder.state(), epochs=8, best=2)


def test_a_plain_resume_changes_nothing(swept):
    folder, spec = swept
    assert extend(spec, folder.state()) == extend(spec, folder.state(), trials=8)
    assert extend(spec, folder.state()).spec is spec
