"""What a sweep is to do: written, read back, and what follows from it."""

import json

import pytest
from pydantic import ValidationError

from reports.records.spec import SweepSpec, versions
from tests.reports.sweeps import DEFAULTS, DOCUMENT, SPEC, spec_with


def with_plan(*trials, **more):
    plan = [{"label": label, "config": {**DEFAULTS, **changes}} for label, changes in trials]
    return SweepSpec.model_validate({**DOCUMENT, "plan": plan, **more})


def test_what_is_written_reads_back_to_the_same():
    assert SweepSpec.model_validate_json(SPEC.model_dump_json()) == SPEC
    planned = with_plan(("best", {"lr": 0.01}))
    assert SweepSpec.model_validate_json(planned.model_dump_json()) == planned


def test_a_field_that_it_does_not_know_is_refused():
    with pytest.raises(ValidationError, match="unknown_field"):
        SweepSpec.model_validate({**DOCUMENT, "unknown_field": 1})


def test_nothing_is_searched_for_where_there_is_a_plan():
    assert SPEC.is_search
    assert not SPEC.is_ladder
    assert not with_plan(("best", {"lr": 0.01})).is_search


def test_a_plan_that_begins_with_the_default_configuration_is_a_ladder_whatever_its_label():
    assert with_plan(("start", {"seed": 3}), ("+ lr", {"lr": 0.01})).is_ladder
    assert not with_plan(("best", {"lr": 0.01}), ("lr", {})).is_ladder
    assert not with_plan(("best", {"optimizer": "sgd"}), ("optimizer", {})).is_ladder


def test_knobs_that_are_not_in_effect_do_not_make_it_another_configuration():
    assert with_plan(("start", {"momentum": 0.5}), ("+ lr", {"lr": 0.01})).is_ladder


def test_a_ladder_of_a_version_with_other_defaults_is_one_by_its_first_label():
    assert with_plan(("default", {"skip": False}), ("+ skip", {})).is_ladder


def test_sizes_read_as_people_write_them():
    assert SPEC.data.size_in_words == "96x128"


def test_it_says_how_many_classes_the_metrics_are_of():
    of_some = SPEC.data.model_copy(update={"val_classes": ("road",)})
    said = "1 of 3 classes occur in the validation images; the others count nowhere."
    assert of_some.classes_in_words == said
    assert of_some.model_copy(update={"val_classes": SPEC.data.classes}).classes_in_words == ""
    assert SPEC.data.classes_in_words == "", "an older sweep does not know"


def test_a_space_is_written_without_what_nobody_asked_for():
    written = json.loads(spec_with().model_dump_json())["space"]["search"]
    assert written["lr"] == {"log_uniform": [1e-4, 1e-2], "default": 1e-3}


def test_versions_are_of_what_decides_a_result():
    assert {"python", "cnn-tune", "torch", "optuna", "ray"} <= versions().keys()


def test_published_results_stand_over_the_set_that_they_are_of_alone():
    rows = [{"source": "S4", "label": "U-Net", "images": "VOC2007", "val_miou": 0.08}]
    generated = spec_with(reference=rows)
    assert [row.metrics for row in generated.published] == [{"val_miou": 0.08}]
    own = spec_with(reference=rows, data={"path": "/photos", "image_size": [96, 128]})
    assert own.published == []
    voc = own.data.model_copy(update={"layout": "PASCAL VOC segmentation (VOC2007), split by its lists"})
    assert own.model_copy(update={"data": voc}).published == own.space.reference
