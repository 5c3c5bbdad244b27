"""Ranges moved out at an end, and defaults that lie at one."""

import pytest

from search_spaces.loading import load, packaged
from search_spaces.widening import default_at_an_end, end_of, widened

KNOBS = {
    "lr": "{log_uniform: [0.0001, 0.01], default: 0.001}",
    "momentum": "{uniform: [0.8, 0.99], default: 0.9}",
    "dropout": "{uniform: [0.0, 0.5], default: 0.0}",
    "levels": "{int: [2, 3], default: 3}",
    "width": "{log_int: [4, 16], default: 8}",
    "warmup_epochs": "{quantized: [0, 2, 0.5], default: 1}",
    "label_smoothing": "{quantized: [0.1, 0.8, 0.1], default: 0.2}",
}
SPACE = load("seg_unet", [f"search.{knob}={text}" for knob, text in KNOBS.items()])


@pytest.mark.parametrize(
    ("knob", "end", "ends"),
    [
        ("lr", "upper", [1e-4, 0.1]),
        ("lr", "lower", [1e-5, 1e-2]),
        ("momentum", "lower", [0.71, 0.99]),
        ("momentum", "upper", [0.8, 0.995]),  # below 1, which it may not reach
        ("dropout", "lower", None),  # nothing is below 0
        ("levels", "upper", [2, 4]),
        ("levels", "lower", None),
        ("width", "upper", [4, 32]),
        ("warmup_epochs", "upper", [0, 3]),
        ("label_smoothing", "upper", [0.1, 0.9]),  # the last step below 1
    ],
)
def test_a_range_is_half_as_wide_again_as_far_as_the_knob_goes(knob, end, ends):
    wider = widened(SPACE, knob, end)
    assert (wider and wider.ends()) == (ends and pytest.approx(ends))
    if wider:
        assert wider.kind == SPACE.search[knob].kind
        assert wider.default == SPACE.search[knob].default
        assert all(wider.contains(value) for value in SPACE.search[knob].ends()), "what was tried stays in the space"


def test_a_value_lies_at_an_end_within_a_twentieth_of_the_range_on_its_own_scale():
    lr = SPACE.search["lr"]
    found = [end_of(lr, value) for value in (1.2e-4, 1.3e-4, 1e-3, 9e-3)]
    assert found == ["lower", None, None, "upper"]


def test_a_default_at_the_end_of_its_range_is_said_with_the_option_that_mends_it():
    space = load("seg_unet", ["search.lr={log_uniform: [0.0001, 0.01], default: 0.01}"])
    (line,) = default_at_an_end(space)
    assert line.startswith("search.lr: the default 0.01 is the upper end of its range (0.0001 to 0.01, log scale), so ")
    override = line.split("--set ")[1].strip("'")
    mended = load("seg_unet", ["search.lr={log_uniform: [0.0001, 0.01], default: 0.01}", override])
    assert mended.search["lr"].ends() == [1e-4, 0.1]
    assert default_at_an_end(mended) == []


def test_a_default_at_a_natural_bound_is_no_fault():
    assert not [line for line in default_at_an_end(SPACE) if line.startswith("search.dropout")]


@pytest.mark.parametrize("name", packaged())
def test_no_packaged_space_has_a_default_at_an_end(name):
    assert default_at_an_end(load(name)) == []
