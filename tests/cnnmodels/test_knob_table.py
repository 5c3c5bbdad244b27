"""The table of knobs, and the page that is made of it."""

from __future__ import annotations

import pytest

from cnnmodels.config import knobs_of
from cnnmodels.knob_table import row_of
from cnnmodels.models import MODELS
from tests.knobs_page import PAGE, page


@pytest.mark.parametrize(
    ("task", "model"), [(task, name) for name, row in MODELS.items() for task in sorted(row.tasks)]
)
def test_every_knob_has_a_meaning_a_range_a_default_and_a_number_its_unit(task, model):
    for knob in knobs_of(task, model):
        row = row_of(knob, model)
        assert row.meaning, knob
        assert row.range not in ("", "any"), knob
        assert row.default, knob
        assert bool(row.unit) == (row.kind in ("whole number", "number", "list of numbers")), knob


def test_ranges_are_said_in_words():
    assert row_of("batch_size", "unet").range == "from 1 to 4096"
    assert row_of("lr", "unet").range == "above 0 to 10"
    assert row_of("dropout", "unet").range == "from 0 to below 1"
    assert row_of("gradient_clip", "unet").range == "above 0 or null"
    assert row_of("milestones", "unet").range == "each above 0 to below 1"
    assert row_of("skip", "unet").range == "true, false"
    assert row_of("warmup_epochs", "unet").range == "from 0"
    assert row_of("frozen", "transfer").default == "true"
    assert row_of("frozen", "resnet18").default == "false"


def test_the_page_of_all_knobs_is_up_to_date():
    assert PAGE.read_text("utf-8") == page(), "python -m tests.knobs_page writes it anew"
