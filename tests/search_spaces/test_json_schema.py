"""The schema that editors complete a space file by."""

from __future__ import annotations

from importlib import resources

import pytest
import yaml
from jsonschema import Draft202012Validator

from cnnmodels.config import knobs_of
from cnnmodels.models import MODELS
from search_spaces.json_schema import space_schema
from search_spaces.loading import load, packaged
from search_spaces.strict_yaml import read
from tests.own_code import forgotten_afterwards, write_own


@pytest.fixture(scope="module")
def schema():
    found = space_schema()
    Draft202012Validator.check_schema(found)
    return found


def wrong(schema, document):
    return sorted(error.message for error in Draft202012Validator(schema).iter_errors(document))


def space(name="seg_unet"):
    return read((resources.files("search_spaces") / f"{name}.yaml").read_text("utf-8"))


@pytest.mark.parametrize("name", packaged())
def test_every_packaged_space_fits(schema, name):
    assert wrong(schema, space(name)) == []


def completed(schema, task, model, part):
    """What an editor offers below a part of a file that has a task and a model."""
    holds = {"task": task, "model": model}
    offered: set[str] = set()
    for branch in schema["allOf"]:
        if Draft202012Validator(branch["if"]).is_valid(holds):
            offered |= branch["then"]["properties"].get(part, {}).get("properties", {}).keys()
    return offered | schema["properties"][part].get("properties", {}).keys()


@pytest.mark.parametrize(
    ("task", "model"), [(task, name) for name, row in MODELS.items() for task in sorted(row.tasks)]
)
def test_an_editor_offers_the_knobs_of_the_network_and_no_others(schema, task, model):
    for part in ("search", "fixed"):
        assert completed(schema, task, model, part) == set(knobs_of(task, model))


REFUSED = {
    "search: {head: {choice: [bilinear, transposed]}}": "'head' was unexpected",
    "search: {learning_rate: {uniform: [0.1, 0.2]}}": "'learning_rate' was unexpected",
    "search: {lr: {uniform: [0.1, 20]}}": "20 is greater than the maximum of 10",
    "search: {lr: {log_uniform: [0, 0.2]}}": "0 is less than or equal to the minimum of 0",
    "search: {lr: {choice: [0.1], uniform: [0.1, 0.2]}}": "is valid under each of",
    "search: {skip: {int: [0, 1]}}": "'int' was unexpected",
    "search: {batch_size: {int: [4, 8.5]}}": "8.5 is not of type 'integer'",
    "search: {optimizer: {choice: [adam, lion]}}": "'lion' is not one of",
    "search: {optimizer: {choice: [adam, sgd], default: lion}}": "'lion' is not one of",
    "search: {augmentation: {choice: [flip+jump]}}": "does not match",
    "search: {momentum: {uniform: [0.8, 0.9], when: {optimizer: [sgd, lion]}}}": "is not valid under any",
    "fixed: {width: 2}": "2 is less than the minimum of 4",
    "named: {study: {momentun: 0.9}}": "'momentun' was unexpected",
    "objective: {metric: val_accuracy, mode: max}": "is not valid under any",
    "model: resnet18": "'resnet18' is not one of",
    "name: mine": "'name' was unexpected",
}


@pytest.mark.parametrize("change", REFUSED)
def test_what_the_reader_would_refuse_is_underlined(schema, change):
    found = wrong(schema, {**space(), **yaml.safe_load(change)})
    assert any(REFUSED[change] in message for message in found), found


def test_what_may_be_searched_fits_whatever_its_kind(schema):
    search = """
    lr: {log_uniform: [1.0e-4, 1.0e-2], default: 1.0e-3}
    batch_size: {log_int: [4, 64]}
    gradient_clip: {choice: [null, 1.0]}
    milestones: {choice: [[0.5], [0.5, 0.75]]}
    dropout: {quantized: [0, 0.5, 0.1]}
    warmup_epochs: {uniform: [0, 2]}
    skip: {choice: [true, false]}
    momentum: {uniform: [0.8, 0.99], when: {optimizer: sgd, skip: [true, false]}}
    """
    assert wrong(schema, {**space(), "search": yaml.safe_load(search)}) == []
    assert wrong(schema, {**space(), "objective": {"metric": "val_iou_car", "mode": "max"}}) == []


def test_what_is_somebody_s_own_fits(schema):
    own = {**space(), "metrics": {"val_edges": "mine:Edges", "val_kappa": {"of": "mine:kappa", "mode": "max"}}}
    own["objective"] = {"metric": "val_edges", "mode": "max"}
    own["data"] = {"source": "mine:scans"}
    assert wrong(schema, own) == []
    assert wrong(schema, {**own, "task": "mine:Depth"}) == []
    assert wrong(schema, {**space(), "objective": own["objective"]}) != []
    assert wrong(schema, {**own, "metrics": {"edges": "mine:Edges"}}) != []
    assert wrong(schema, {**own, "task": "depth"}) != []


def test_a_network_that_was_added_is_offered_too(monkeypatch):
    row = MODELS["unet"]
    monkeypatch.setitem(MODELS, "mine", type(row)(row.tasks, frozenset({"width"}), row.builder))
    assert "width" in completed(space_schema(), "segmentation", "mine", "search")


def test_each_knob_says_what_it_is_in_which_unit_and_its_default(schema):
    branch = next(one for one in schema["allOf"] if one["if"]["properties"].get("model") == {"const": "resnet18"})
    knobs = branch["then"]["properties"]["fixed"]["properties"]
    assert knobs["batch_size"]["description"].endswith("from 1 to 4096; unit: images; default: 8")
    assert (knobs["backbone"]["default"], knobs["frozen"]["default"]) == ("random", False)


def test_somebody_s_own_network_has_its_knobs_beside_ours_of_the_same_name(tmp_path):
    with forgotten_afterwards():
        mine = load(str(write_own(tmp_path)))
        definitions = space_schema()["$defs"]
        assert definitions["value of dropout of strange_nets:TinyNet"]["exclusiveMaximum"] == 0.9
        assert definitions["value of dropout"]["exclusiveMaximum"] == 1
        written = {**yaml.safe_load((tmp_path / "mine.yaml").read_text())}
        assert not wrong(space_schema(), written)
        assert wrong(space_schema(), {**written, "fixed": {"filters": 2}})
        assert wrong(space_schema(), {**written, "fixed": {"width": 8}})
    assert not wrong(space_schema(), {**written, "fixed": {"width": 8}})  # not known without its code
    assert mine.search["filters"].default == 8
