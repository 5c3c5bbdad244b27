"""What an earlier sweep tells a new one: its best is tried first, and what is the same question is not asked again."""

from __future__ import annotations

import pytest

from reports.records.errors import SweepError
from reports.records.record import SweepEnded
from tests.tune_jobs.search.made_up import DATA, made_up_spec, run_made_up
from tune_jobs.search.scheduler import SweepScheduler
from tune_jobs.search.unseen import key_of
from tune_jobs.search.warm_start import refuse_unfit, warm_start


def swept(path, *overrides, known=(), space=None, trials=8):
    """A finished sweep, and the configurations that it was given, in their order."""
    folder, spec = made_up_spec(path, *overrides)
    spec = spec.model_copy(update={"known": known, "space": space or spec.space})
    scheduler = SweepScheduler(folder, spec, trials=trials, slots=2)
    given = run_made_up(scheduler)
    scheduler.close(SweepEnded(reason="completed"))
    return spec, folder.state(), [spec.space.in_effect(assignment.config) for assignment in given]


@pytest.fixture
def earlier(tmp_path):
    spec, state, _ = swept(tmp_path / "earlier")
    return spec, state


def test_the_best_of_an_earlier_sweep_comes_right_behind_the_default_and_no_trial_of_it_again(earlier, tmp_path):
    spec, state = earlier
    warm = warm_start(spec.space, DATA, [earlier])
    assert len(warm.known) == 8
    assert "8 of its trials are told to the sampler, and not tried again." in warm.lines[1]
    _, _, given = swept(tmp_path / "new", known=warm.known, space=warm.space)
    best = spec.space.in_effect(state.ranked("val_miou", "max")[0].config)
    assert key_of(best) in [key_of(one) for one in given[:3]]  # behind the default, and the study of the space
    before = {key_of(spec.space.in_effect(trial.config)) for trial in state.trials.values()}
    named = len(warm.space.first_trials())
    assert not before & {key_of(one) for one in given[named:]}


def test_the_search_begins_around_the_best_that_is_known(tmp_path):
    """A larger learning rate is better here, and the default is far too small."""
    poor = "search.lr={log_uniform: [1.0e-5, 2.0e-2], default: 2.0e-5}"
    spec, state, _ = swept(tmp_path / "earlier", poor, trials=12)
    warm = warm_start(spec.space, DATA, [(spec, state)])
    _, _, cold = swept(tmp_path / "cold", poor, trials=8)
    _, _, given = swept(tmp_path / "warm", poor, known=warm.known, space=warm.space, trials=8)
    assert sum(one["lr"] > 1e-3 for one in given) > sum(one["lr"] > 1e-3 for one in cold)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"fingerprint": "1"}, "they are of other images"),
        ({"image_size": (16, 16)}, "or of another size"),
    ],
)
def test_of_other_images_only_the_best_is_taken(earlier, change, why):
    warm = warm_start(earlier[0].space, DATA.model_copy(update=change), [earlier])
    assert warm.known == ()
    assert why in warm.lines[1]
    assert "best of s" in warm.space.named


def test_another_objective_or_another_length_of_run_is_another_question(earlier, tmp_path):
    _, other = made_up_spec(tmp_path / "a", "objective.metric=val_pixel_accuracy")
    assert warm_start(other.space, DATA, [earlier]).known == ()
    _, longer = made_up_spec(tmp_path / "b", "budget.max_epochs=6")
    warm = warm_start(longer.space, DATA, [earlier])
    assert warm.known == ()
    assert "8 others lie outside this space, or were given other epochs" in warm.lines[1]


def test_what_a_space_does_not_hold_is_left_out_and_said(earlier, tmp_path):
    best = earlier[1].ranked("val_miou", "max")[0].config
    _, narrow = made_up_spec(
        tmp_path / "n", "search.lr={log_uniform: [1.0e-5, 1.0e-4], default: 5.0e-5}", "fixed.width=8"
    )
    warm = warm_start(narrow.space, DATA, [earlier])
    assert "lr" not in warm.space.named["best of s"]
    assert f"without what this space does not hold: lr {best['lr']:.4g}"[:60] in warm.lines[0]
    assert "width 16" in warm.lines[0]
    assert warm.known == ()


def test_two_earlier_sweeps_of_one_name_both_count(earlier):
    warm = warm_start(earlier[0].space, DATA, [earlier, earlier])
    assert [name for name in warm.space.named if name.startswith("best of")] == ["best of s", "best of s-2"]


def test_a_best_that_is_the_default_is_not_tried_twice(earlier):
    spec, state = earlier
    others = [trial for trial in state.trials if trial != "0000"]
    for trial in others:
        del state.trials[trial]
    warm = warm_start(spec.space, DATA, [(spec, state)])
    assert "trial 0000, is one of those that come first anyway." in warm.lines[0]
    assert len(warm.space.first_trials()) == len(spec.space.first_trials())


def test_a_sweep_of_another_task_or_without_a_result_is_refused(earlier, tmp_path):
    spec, state = earlier
    photos = spec.model_copy(update={"space": spec.space.model_copy(update={"task": "classification"})})
    with pytest.raises(SweepError, match="--warm-start s: is a classification, and this one a segmentation"):
        refuse_unfit(spec.space, [(photos, state)])
    _, empty, _ = swept(tmp_path / "none", trials=1)
    empty.trials.clear()
    with pytest.raises(SweepError, match="--warm-start s: no trial of it has a result"):
        refuse_unfit(spec.space, [(spec, empty)])
