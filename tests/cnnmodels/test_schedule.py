"""The learning rate and the momentum at every step, value by value."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnmodels.config import is_open_ended, parse
from cnnmodels.schedule import momentum_at, rate_at

STEPS = 4  # an epoch


def rates(**knobs) -> list[float]:
    config = parse({"lr": 1.0, "epochs": 8, **knobs})
    return [rate_at(config, step, STEPS) for step in range(config.epochs * STEPS)]


@pytest.mark.parametrize(
    ("knobs", "by_epoch"),
    [
        ({"scheduler": "none"}, [1] * 8),
        ({"scheduler": "step", "step_size": 3, "gamma": 0.1}, [1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01]),
        ({"scheduler": "multistep", "gamma": 0.5}, [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25]),
    ],
)
def test_the_studies_schedules_fall_between_epochs(knobs, by_epoch):
    assert rates(**knobs) == pytest.approx([rate for rate in by_epoch for _ in range(STEPS)])


def test_linear_falls_by_the_same_amount_at_each_step():
    assert rates(scheduler="linear") == pytest.approx([1 - step / 32 for step in range(32)])
    assert rates(scheduler="linear", final_share=0.5) == pytest.approx([1 - step / 64 for step in range(32)])


def test_cosine_is_half_way_at_half_time():
    seen = rates(scheduler="cosine")
    assert seen == pytest.approx([(1 + math.cos(math.pi * step / 32)) / 2 for step in range(32)])
    assert seen[16] == pytest.approx(0.5)
    assert 0 < seen[-1] < 0.01
    assert rates(scheduler="cosine", final_share=0.1)[-1] == pytest.approx(0.1, abs=0.01)


def test_one_cycle_rises_from_a_25th_to_the_rate_and_falls_to_almost_nothing():
    seen = rates(scheduler="one_cycle", peak_share=0.25)
    assert seen[0] == pytest.approx(1 / 25)
    assert seen[:9] == sorted(seen[:9])
    assert seen[8] == 1
    assert seen[8:] == sorted(seen[8:], reverse=True)
    assert 0 < seen[-1] < 0.01


def test_one_cycle_is_that_of_torch():
    import torch
    from torch.optim.lr_scheduler import OneCycleLR

    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    ours = rates(scheduler="one_cycle", peak_share=0.25, final_share=1e-6)
    theirs = OneCycleLR(optimizer, max_lr=1.0, total_steps=33, pct_start=9 / 33, div_factor=25, final_div_factor=4e4)
    config = parse({"epochs": 8, "scheduler": "one_cycle", "peak_share": 0.25})
    for step, expected in enumerate(ours):
        assert optimizer.param_groups[0]["lr"] == pytest.approx(expected, abs=1e-5)
        assert optimizer.param_groups[0]["betas"][0] == pytest.approx(momentum_at(config, step, STEPS))
        optimizer.step()
        theirs.step()


@pytest.mark.parametrize("scheduler", ["none", "step", "multistep", "linear", "cosine"])
def test_the_momentum_stays_in_every_other_schedule(scheduler):
    config = parse({"epochs": 8, "scheduler": scheduler, "momentum": 0.7})
    assert {momentum_at(config, step, STEPS) for step in range(32)} == {0.7}


def test_a_warm_up_rises_evenly_and_what_falls_begins_behind_it():
    seen = rates(scheduler="linear", warmup_epochs=2)
    assert seen[:8] == pytest.approx([(step + 1) / 8 for step in range(8)])
    assert seen[8:] == pytest.approx([1 - step / 24 for step in range(24)])
    assert rates(scheduler="none", warmup_epochs=0.5)[:3] == pytest.approx([0.5, 1, 1])


def test_a_warm_up_multiplies_a_schedule_that_falls_between_epochs():
    seen = rates(scheduler="step", step_size=1, gamma=0.5, warmup_epochs=2)
    assert seen[:8] == pytest.approx([(step + 1) / 8 * (1 if step < 4 else 0.5) for step in range(8)])
    assert seen[8] == pytest.approx(0.25)


schedules = st.sampled_from(["none", "step", "multistep", "linear", "cosine", "one_cycle"])


@given(schedules, st.integers(1, 12), st.integers(1, 9), st.floats(0, 15), st.floats(0.01, 0.99), st.floats(0, 1))
def test_no_step_is_without_a_rate_or_above_it(scheduler, epochs, steps, warmup, peak, final):
    knobs = {"warmup_epochs": warmup, "peak_share": peak, "final_share": final}
    config = parse({"lr": 0.1, "epochs": epochs, "scheduler": scheduler, **knobs})
    for step in range(epochs * steps):
        assert 0 < rate_at(config, step, steps) <= 0.1 + 1e-12
        assert 0.8 < momentum_at(config, step, steps) < 1


@pytest.mark.parametrize("scheduler", ["none", "step", "multistep", "linear", "cosine", "one_cycle"])
def test_a_schedule_is_open_ended_if_more_epochs_change_nothing_of_the_first_ones(scheduler):
    short, longer = rates(scheduler=scheduler, warmup_epochs=1), rates(scheduler=scheduler, warmup_epochs=1, epochs=16)
    assert is_open_ended({"scheduler": scheduler}) == (longer[: len(short)] == short)
    assert not is_open_ended({"scheduler": "none", "weight_average": "ema"})
