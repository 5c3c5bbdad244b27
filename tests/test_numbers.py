"""Metrics in texts: one that rounds to nothing has no sign, wherever it is printed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.conftest import ROOT

_SIGNED = re.compile(r"[+ ]?\.4f")  # how metrics and their differences are written; `z` leaves out the sign of nothing


def formats(source: str) -> Iterator[str]:
    """The format of every value inside an f-string."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
            parts = node.format_spec.values
            yield "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))


def test_no_metric_is_printed_as_less_than_nothing():
    files = [path for room in ("reports", "tune_jobs") for path in (ROOT / room).rglob("*.py")]
    found = [(path.name, one) for path in files for one in formats(path.read_text()) if _SIGNED.fullmatch(one)]
    assert found == [], "use :z.4f"
    assert f"{-0.00001:z.4f} {-0.00001:+z.4f}" == "0.0000 +0.0000"
