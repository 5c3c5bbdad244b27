"""What a figure is: how a sweep is drawn, and what the picture says.

plotly takes `<a href=...>` in any text for a link, and `<b>` for bold. So whatever a figure holds is escaped once it is
drawn, templates aside: names of classes, choices, machines and sweeps are people's, and are shown as they were typed.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from reports.analysis.view import SweepView

_OURS = frozenset({"hovertemplate", "texttemplate"})  # have markup of our own; what they put in is escaped where it is
_BREAK = "<br>"  # our own texts have it between two lines; in a person's it breaks a line, and no more
_PLAIN = frozenset({"ticktext"})  # of parallel coordinates: the one text that plotly shows as it is


def _silent(view: SweepView) -> str | None:
    return None


@dataclass(frozen=True)
class Figure:
    """One kind of figure; its name is its key in the table (`FIGURES` in the package)."""

    of_sweep: Callable[[SweepView], go.Figure | None]  # gives None where the sweep has nothing to draw it from
    says: Callable[[SweepView], str | None] = _silent  # tells in plain text what the same table shows

    def draw(self, view: SweepView) -> go.Figure | None:
        """The figure, with every text as it was typed; None where the sweep has nothing to draw it from."""
        drawn = self.of_sweep(view)
        return None if drawn is None else as_typed(drawn)


def as_typed(drawn: go.Figure) -> go.Figure:
    """A figure in which no text is taken for markup."""
    document = drawn.to_plotly_json()
    escaped = {"data": _escaped(document["data"]), "layout": _escaped(document["layout"])}
    return drawn if escaped == {"data": None, "layout": None} else go.Figure(_merged(document, escaped))


def _escaped(value: Any) -> Any:
    """The same with its texts escaped; None where there is nothing to escape, as in nearly all of it."""
    if isinstance(value, str):
        return html.escape(value, quote=False).replace("&lt;br&gt;", _BREAK) if {"<", ">", "&"} & set(value) else None
    if isinstance(value, np.ndarray):
        value = value.tolist() if value.dtype.kind in "OU" else ()
    if isinstance(value, dict):
        inner = {key: _escaped(one) for key, one in value.items() if key not in _OURS | _PLAIN}
        changed = {key: one for key, one in inner.items() if one is not None}
        return {**value, **changed} if changed else None
    if isinstance(value, list | tuple):
        changed_items = [_escaped(one) for one in value]
        if all(one is None for one in changed_items):
            return None
        return [old if new is None else new for old, new in zip(value, changed_items, strict=True)]
    return None


def _merged(document: dict[str, Any], escaped: dict[str, Any]) -> dict[str, Any]:
    return {key: document[key] if new is None else new for key, new in escaped.items()}
