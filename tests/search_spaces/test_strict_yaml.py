"""YAML as people type it."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.strict_yaml import read


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1e-4", 1e-4),
        ("1E-2", 1e-2),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1_000", -1000),
        ("010", 10),
        ("0x10", 16),
        ("0o10", 8),
        ("1e1", 10.0),
        (".inf", float("inf")),
        ("True", True),
        ("FALSE", False),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("Null", None),
        ("~", None),
        ("None", "None"),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("08.5.2", "08.5.2"),
        ("'1'", "1"),
    ],
)
def test_a_scalar_is_read_as_a_person_reads_it(typed, meant):
    found = read(typed)
    assert found == meant
    assert type(found) is type(meant)


def test_names_are_what_was_typed():
    text = "{data: {path: 2024, classes: [no, yes, 3, 007, 1e3, null, true]}, fixed: {skip: true}}"
    assert read(text) == {
        "data": {"path": "2024", "classes": ["no", "yes", "3", "007", "1e3", "null", "true"]},
        "fixed": {"skip": True},
    }
    assert read("[no, 3]", "data.classes") == ["no", "3"]
    assert read("null", "data.path") is None
    assert read("{path: ~}")["path"] is None
    assert read("[3]", "fixed.width") == [3]


def test_a_map_of_labels_to_names_is_text_on_both_sides():
    assert read("{classes: {0: no, 255: car}}") == {"classes": {"0": "no", "255": "car"}}


def test_a_name_may_not_ask_for_an_object():
    with pytest.raises(yaml.YAMLError, match="could not determine a constructor"):
        read("{classes: [!!python/name:os.system x]}")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])), max_size=4))
def test_every_name_that_yaml_writes_is_read_back(names):
    assert read(yaml.safe_dump({"classes": names}, allow_unicode=True)) == {"classes": names}


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.booleans() | st.none())
def test_every_value_that_yaml_writes_is_read_back(value):
    assert read(yaml.safe_dump({"x": value})) == {"x": value}
