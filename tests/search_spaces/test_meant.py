"""Values are meant, not typed: a space with one spelling of a value is the space with any other."""

import json

import pytest

from search_spaces.errors import SpaceError
from search_spaces.loading import load

SAME = {
    "whole numbers with a dot": (
        ["search.batch_size={choice: [4, 8], default: 8}"],
        ["search.batch_size={choice: [4.0, 8.0], default: 8.0}"],
    ),
    "quoted numbers": (
        ["search.lr={log_uniform: [1e-4, 1e-2], default: 1e-3}"],
        ["search.lr={log_uniform: ['1e-4', 1E-2], default: '1e-3'}"],
    ),
    "switches": (
        ["search.skip={choice: [true, false], default: true}"],
        ["search.skip={choice: [on, off], default: yes}"],
    ),
    "a default of an int": (
        ["search.width={int: [4, 16], default: 8}"],
        ["search.width={int: [4.0, 16.0], default: 8.0}"],
    ),
    "a range of whole numbers": (
        ["search.batch_size={int: [1, 4], default: 2}"],
        ["search.batch_size={uniform: [1, 4], default: 2}"],
    ),
    "the same on a log scale": (
        ["search.width={log_int: [4, 16], default: 8}"],
        ["search.width={log_uniform: [4.0, '16'], default: 8}"],
    ),
    "a sum": (["fixed.dropout=0.3"], ["fixed.dropout=0.30000000000000004"]),
    "conditions": (
        [
            "search.momentum={uniform: [0.8, 0.9], default: 0.9, when: {batch_size: [4, 8], skip: true, dropout: 0.3}}",
            "search.dropout={quantized: [0.1, 0.5, 0.1], default: 0.1}",
        ],
        [
            "search.momentum={uniform: [0.8, 0.9], default: 0.9, when: {batch_size: [4.0, '8'], skip: yes, "
            "dropout: 0.30000000000000004}}",
            "search.dropout={quantized: [0.1, 0.5, 0.1], default: '0.1'}",
        ],
    ),
    "named configurations": (["named.a={batch_size: 8, skip: false}"], ["named.a={batch_size: 8.0, skip: no}"]),
    "one side": (["data.image_size=[64, 64]"], ["data.image_size=64"]),
    "sides": (["data.image_size=[96, 128]"], ["data.image_size=96x128"]),
    "an exponent for a whole number": (["budget.max_epochs=10"], ["budget.max_epochs=1e1"]),
    "lists": (
        ["search.milestones={choice: [[0.3, 0.6], [0.5, 0.75]]}"],
        ["search.milestones={choice: [['0.3', 0.6000000000000001], [0.5, 0.75]]}"],
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_a_space_is_the_same_however_its_values_are_typed(case):
    plain, typed = SAME[case]
    assert json.dumps(load("seg_unet", typed).as_written()) == json.dumps(load("seg_unet", plain).as_written())


REFUSED = [
    ("search.batch_size={choice: [8, 8.0]}", "search.batch_size: a value is listed twice"),
    ("search.skip={choice: [on, true], default: on}", "search.skip: a value is listed twice"),
    ("search.batch_size={uniform: [1.5, 4], default: 2}", "search.batch_size: must be a valid integer.*got 1.5"),
    ("search.batch_size={quantized: [1, 4, 0.5], default: 2}", "search.batch_size: must be a valid integer.*got 1.5"),
    ("search.batch_size={uniform: [0, 4], default: 2}", "search.batch_size: must be greater than or equal to 1, got 0"),
    ("search.batch_size={choice: [true, 8], default: 8}", "search.batch_size: must be a number, got True"),
    ("search.scheduler={choice: [None, step], default: step}", "search.scheduler: must be 'none'.*got 'None'"),
    ("search.scheduler={choice: [null, step], default: step}", "search.scheduler: must be 'none'.*got None"),
    ("search.scheduler={choice: [no, step], default: step}", "search.scheduler: must be 'none'.*got 'no'"),
    ("search.lr={uniform: [true, 2], default: 1}", "search.lr.uniform: must be a number"),
    ("budget.trials=true", "budget.trials: must be a number, got True"),
    ("resources.cpus=true", "resources.cpus: must be a number, got True"),
    ("data.image_size=[64]", "data.image_size"),
    ("data.image_size=true", "data.image_size"),
]


@pytest.mark.parametrize(("override", "message"), REFUSED, ids=[override for override, _ in REFUSED])
def test_what_is_meant_by_no_reading_is_refused(override, message):
    with pytest.raises(SpaceError, match=message):
        load("seg_unet", [override])


def test_a_knob_of_few_whole_values_is_not_given_those_between():
    with pytest.raises(SpaceError, match=r"search.stem_stride: must be 1, 2 or 4, got 3"):
        load("cls_resnet18", ["search.stem_stride={uniform: [1, 4], default: 2}"])


def test_class_names_are_what_was_typed():
    assert load("seg_unet", ["data.classes=[no, yes, 3]"]).data.classes == ("no", "yes", "3")


@pytest.mark.parametrize("override", ["budget.max_epochs=1", "budget.trials=1"])
def test_one_epoch_or_one_trial_means_that_nothing_is_pruned(override):
    file_says = ["budget.grace_epochs=1", "budget.reduction_factor=3"]
    assert load("seg_unet", [*file_says, override]).budget.pruning_in_words() == "none is pruned"


def test_one_epoch_needs_no_grace():
    assert load("seg_unet", ["budget.max_epochs=1", "budget.grace_epochs=3"]).budget.grace_epochs == 1
