"""YAML as search-space files are written in it: what a person typed is read as a person reads it.

Numbers, truths and nulls are those of YAML 1.2: `no` and `off` are words (which a switch understands), `010` is ten,
`1:30` and `2024-01-01` are texts, `1e-4` is a number. Names are what was typed, though it looks like a number.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_PREFIX = "tag:yaml.org,2002:"
_TEXTS = frozenset({"path", "classes", "description", "source", "label"})  # keys whose values are names

_SCALARS = frozenset({"bool", "int", "float", "null"})


class StrictLoader(yaml.SafeLoader):
    """Safe YAML that refuses a key set twice and aliases."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # as PyYAML declares it

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        first_lines: dict[Any, int] = {}
        for key_node, value_node in node.value:
            if key_node.tag == f"{_PREFIX}int":  # a label of a mask, as text like every other key
                key_node.tag = f"{_PREFIX}str"
            key, line = self.construct_object(key_node, deep=True), key_node.start_mark.line + 1
            if not isinstance(key, str):
                raise yaml.MarkedYAMLError(problem=f"key {key!r} is not text", problem_mark=key_node.start_mark)
            if key in first_lines:
                problem = f'"{key}" already set on line {first_lines[key]}'
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
            first_lines[key] = line
            if key in _TEXTS and value_node.tag != f"{_PREFIX}null":
                _as_typed(value_node)
        return super().construct_mapping(node, deep)

    def construct_whole(self, node: Any) -> int:
        text = str(self.construct_scalar(node)).replace("_", "")
        return int(text, 0 if re.match("[-+]?0[xo]", text) else 10)


def read(text: str, key: str = "") -> Any:
    """The value that a text stands for; `key` is the dotted one that it is given for, if any.

    Raises:
        yaml.YAMLError: it cannot be read.
    """
    loader = StrictLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if key.rpartition(".")[2] in _TEXTS and node.tag != f"{_PREFIX}null":
            _as_typed(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _as_typed(node: Any) -> None:
    """What stands in a node, as text; the keys of a mapping too."""
    if isinstance(node, yaml.ScalarNode):
        if node.tag.removeprefix(_PREFIX) in _SCALARS:  # else it asks for an object of Python's, and is refused
            node.tag = f"{_PREFIX}str"
        return
    for one in node.value:
        for inner in one if isinstance(one, tuple) else (one,):
            _as_typed(inner)


_DIGITS = "-+.0123456789"
for _tag, _pattern, _first in (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", "[-+]?[0-9][0-9_]*|[-+]?0x[0-9a-fA-F_]+|[-+]?0o[0-7_]+", _DIGITS),
    ("float", r"[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?", _DIGITS),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", _DIGITS),
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    StrictLoader.add_implicit_resolver(f"{_PREFIX}{_tag}", re.compile(f"(?:{_pattern})$"), list(_first))
StrictLoader.add_constructor(f"{_PREFIX}int", StrictLoader.construct_whole)
