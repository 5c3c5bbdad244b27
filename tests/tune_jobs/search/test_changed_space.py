"""A sweep that goes on over another search space: which trials count on, and what everybody is told of the others."""

from __future__ import annotations

import pytest

from reports.analysis.changed_space import space_changed, what_counts_on
from reports.analysis.summary import search_worth
from reports.records.errors import SweepError
from reports.records.record import FINAL_REASONS, SpaceChanged, SweepEnded, TrialEnded, read_events
from reports.records.state import fold
from search_spaces.loading import load
from tests.tune_jobs.search.made_up import DATA, SMALL, made_up_spec, run_made_up
from tune_jobs.search.changed_space import NewSpace, change_space, refuse_other_question
from tune_jobs.search.extension import extend
from tune_jobs.search.scheduler import SweepScheduler
from tune_jobs.search.unseen import key_of
from tune_jobs.search.warm_start import warm_start
from tune_jobs.storage.sweep_folders import rewrite_spec, write_spec

NAMED = "named={largest: {lr: 0.01}, larger: {lr: 0.004}}"
LR = "search.lr={log_uniform: [0.0001, 0.01], default: 0.001}"
LOWER = "search.lr={log_uniform: [0.00005, 0.0015], default: 0.001}"
HIGHER = "search.lr={log_uniform: [0.0005, 0.1], default: 0.001}"


def another(*overrides):
    return NewSpace("new.yaml", load("seg_unet", [*SMALL, NAMED, *overrides]))


def run(folder, spec, trials):
    scheduler = SweepScheduler(folder, spec, trials=trials, slots=2)
    given = run_made_up(scheduler)
    scheduler.close(SweepEnded(reason="completed"))
    return given


def go_on(folder, *overrides, trials=None):
    """As a resume does it; what was given out."""
    extended = extend(folder.spec(), folder.state(), space=another(*overrides), trials=trials)
    rewrite_spec(folder, extended.spec, extended.changes)
    return run(folder, extended.spec, extended.trials)


@pytest.fixture
def folder(tmp_path):
    """Eight trials, of which a larger learning rate is better."""
    found, spec = made_up_spec(tmp_path, LR, NAMED)
    write_spec(found, spec)
    run(found, spec, 8)
    return found


def beyond(state, most):
    return {name for name, trial in state.trials.items() if trial.config["lr"] > most}


def test_trials_outside_are_shown_and_neither_ranked_nor_told_to_the_sampler(folder):
    before = folder.state()
    outside = beyond(before, 0.0015)
    assert 0 < len(outside) < 8
    given = go_on(folder, LOWER)
    after = folder.state()
    assert {trial.trial for trial in after.outside} == outside
    assert before.trials.keys() < after.trials.keys()
    assert len(given) == 4, "half as many again"
    assert all(one.config["lr"] <= 0.0015 for one in given)
    assert search_worth(after, folder.spec().space.objective).best.trial not in outside
    assert outside.isdisjoint(trial.trial for trial in after.ranked("val_miou", "max"))
    journal = folder.journal_path.read_text()
    assert not any(f'"trial":"{name}"' in journal for name in outside)
    assert all(f'"trial":"{name}"' in journal for name in after.searched)


@pytest.mark.parametrize("sampler", ["tpe", "random", "quasi-random"])
def test_trials_inside_count_on_and_are_not_tried_again(folder, sampler):
    spec = folder.spec()
    budget = spec.space.budget.model_copy(update={"sampler": sampler})
    write_spec(folder, spec.model_copy(update={"space": spec.space.model_copy(update={"budget": budget})}))
    go_on(folder, HIGHER, trials=30)
    state, space = folder.state(), folder.spec().space
    keys = [key_of(space.in_effect(trial.config)) for trial in state.searched.values()]
    assert len(set(keys)) == len(keys)
    assert any(trial.config["lr"] > 0.01 for trial in state.searched.values())
    assert space.budget.sampler == sampler, "the budget stays"


def test_the_record_holds_both_spaces_and_an_older_part_of_it_reads_as_before(folder):
    then, old = folder.state(), folder.spec().space
    go_on(folder, LOWER)
    events = read_events(folder.record_path)
    at = next(place for place, event in enumerate(events) if isinstance(event, SpaceChanged))
    assert fold(events[:at]) == then
    assert events[at].before == old.as_written()
    assert events[at].space == folder.spec().space.as_written()
    assert folder.spec().source == "new.yaml"
    said = space_changed(events[at])
    assert "after 8 trials" in said
    assert "lr 5e-05 to 0.0015, log scale, was 0.0001 to 0.01, log scale" in said
    assert "lie outside" in what_counts_on(events[at])


def test_a_further_resume_goes_on_with_the_new_space_and_the_same_file_again_changes_nothing(folder):
    go_on(folder, LOWER)
    spec, state = folder.spec(), folder.state()
    again = extend(spec, state, space=another(LOWER))
    assert (again.spec, again.changes) == (spec, [])
    given = run(folder, spec, 20)
    assert all(one.config["lr"] <= 0.0015 for one in given)
    assert len(folder.state().outside) == len(state.outside)


def test_what_lay_outside_comes_back_with_a_space_that_holds_it(folder):
    before = folder.state()
    go_on(folder, LOWER)
    go_on(folder, LR)
    state = folder.state()
    assert state.outside == [] or all(trial.config["lr"] < 0.0001 for trial in state.outside)
    assert before.trials.keys() <= state.searched.keys()
    assert len(state.space_changes) == 2


def test_a_trial_outside_that_was_cut_off_is_not_gone_on_with(folder):
    state = folder.state()
    cut_off = min(beyond(state, 0.0015))
    lines = folder.record_path.read_text().splitlines()
    kept = [line for line in lines if f'"trial":"{cut_off}"' not in line or '"trial_ended"' not in line]
    folder.record_path.write_text("\n".join(kept) + "\n")
    assert not folder.state().trials[cut_off].finished
    given = go_on(folder, LOWER)
    assert cut_off not in [one.trial for one in given]
    after = folder.state()
    assert after.trials[cut_off].reason not in FINAL_REASONS
    assert len(after.finished) == len(after.trials) == after.trials_requested, "the sweep is complete"
    assert not any(isinstance(one, TrialEnded) and one.trial == cut_off for one in read_events(folder.record_path)[:-9])


def test_a_new_default_and_new_named_ones_come_first_and_are_what_the_best_is_compared_with(folder):
    given = go_on(folder, "search.lr={log_uniform: [0.0005, 0.1], default: 0.02}", "named={slow: {lr: 0.0007}}")
    assert [one.config["lr"] for one in given[:2]] == [0.02, 0.0007]
    state = folder.state()
    assert [state.trials[one.trial].label for one in given[:2]] == ["default", "slow"]
    assert state.default.trial == given[0].trial
    assert search_worth(state, folder.spec().space.objective).default_trial == given[0].trial


def test_a_knob_that_is_fixed_keeps_the_trials_that_had_its_value(folder):
    kept = {name for name, one in folder.state().trials.items() if one.config["skip"]}
    _, event = change_space(folder.spec(), folder.state(), another(LR, "fixed.skip=true"))
    assert kept == folder.state().trials.keys() - set(event.outside)
    assert event.differences[0] == "skip fixed at true, was one of true, false"


def test_what_an_earlier_sweep_told_stays_where_the_new_space_holds_it(folder, tmp_path):
    old = (folder.spec(), folder.state())
    warm = warm_start(old[0].space, DATA, [old])
    found, spec = made_up_spec(tmp_path / "warm", LR)
    spec = spec.model_copy(update={"known": warm.known})
    write_spec(found, spec)
    run(found, spec, 3)
    go_on(found, LOWER)
    outside = beyond(old[1], 0.0015)
    assert {one.of.rpartition("/")[2] for one in found.spec().known} == old[1].trials.keys() - outside


def test_a_later_sweep_learns_from_trials_outside_as_well(folder):
    everything = load("seg_unet", [*SMALL, LR])
    go_on(folder, LOWER)
    told = {one.of for one in warm_start(everything, DATA, [(folder.spec(), folder.state())]).known}
    assert {f"s/{trial.trial}" for trial in folder.state().outside} <= told


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["objective.metric=val_pixel_accuracy"], "objective: val_pixel_accuracy max, and s has val_miou max"),
        (
            ["model=fcn32", "search={lr: {uniform: [0.1, 0.2], default: 0.1}}", "named={}", "fixed={}"],
            "model: fcn32, and s",
        ),
        (["data.images=11"], "data.images: 11, and s has 10"),
        (["data.image_size=[8,16]"], r"data.image_size: 8 16, and s has"),
        (["data.path=/nowhere"], "data.path: /nowhere, and s has none"),
    ],
)
def test_another_question_is_refused_in_one_line(folder, overrides, said):
    with pytest.raises(SweepError, match=f"^new.yaml: {said}") as refused:
        refuse_other_question(folder.spec(), another(LR, *overrides))
    assert "\n" not in str(refused.value)
    assert "--warm-start s" in str(refused.value)


def test_images_that_a_launch_was_given_need_not_stand_in_the_file(folder, tmp_path):
    spec = folder.spec()
    data = spec.space.data.model_copy(update={"path": tmp_path, "image_size": (8, 8)})
    of_a_folder = spec.model_copy(update={"space": spec.space.model_copy(update={"data": data})})
    refuse_other_question(of_a_folder, another(LR, "data.image_size=auto"))
    with pytest.raises(SweepError, match=r"data\.path: /nowhere"):
        refuse_other_question(of_a_folder, another(LR, "data.path=/nowhere"))
    refuse_other_question(of_a_folder, another(LR, "data.path=/nowhere"), moved=True)


@pytest.mark.parametrize(("also", "option"), [({"widen": ["lr"]}, "--widen"), ({"epochs": 8}, "--epochs")])
def test_two_changes_at_once_are_refused(folder, also, option):
    with pytest.raises(SweepError, match=f"--space: with {option} it asks two things"):
        extend(folder.spec(), folder.state(), space=another(LOWER), **also)
