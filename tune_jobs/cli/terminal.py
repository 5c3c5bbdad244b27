"""The terminal as `tune` writes to it: no codes but our own.

A class called `\\x1b]0;...` would set the terminal's title, and worse. The colours and cursor moves that rich makes
itself are no part of a text, so they stay.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from tune_jobs.cli.streams import harmless


class Terminal(Console):
    """Writes what would steer the terminal, in names, errors and notes, as escapes."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(harmless(segment.text), segment.style)
