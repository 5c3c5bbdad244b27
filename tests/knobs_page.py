"""The page of all knobs, as their definitions tell it. `python -m tests.knobs_page` writes docs/knobs.md anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from cnnmodels.config import TASK_KNOBS, TrialConfig, knobs_of
from cnnmodels.knob_table import every_run, row_of
from cnnmodels.models import MODELS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "knobs.md"
_HEAD = """\
# Every knob

What stands under `search`, `fixed` and `named` of a search-space file, and behind `--set fixed.KNOB=` and
`--set search.KNOB.`; `tune spaces SPACE` says which of them a space searches. A training run has the knobs of the first
table, those of its task and those of its network. The default is what a knob has where a space gives none.

Editors complete these names: `tune spaces --json-schema > cnn-tune.schema.json`, and as the first line of your file
`# yaml-language-server: $schema=cnn-tune.schema.json`.

This page is written by `python -m tests.knobs_page` from the definitions themselves (cnnmodels/config.py).
"""


def page() -> str:
    """The page, as Markdown."""
    parts = [_HEAD, "## Of every training run\n", _table(every_run(), "unet")]
    for task, knobs in TASK_KNOBS.items():
        model = next(name for name, row in MODELS.items() if task in row.tasks)
        parts += [f"## Of a task: {task}\n", _table(_in_order(knobs), model)]
    for name, row in MODELS.items():
        parts += [f"## Of a network: {name} ({' and '.join(sorted(row.tasks))})\n", _table(_in_order(row.knobs), name)]
    parts += ["## All names, by task and network\n", _names()]
    return "\n".join(parts)


def _in_order(knobs: Iterable[str]) -> list[str]:
    return sorted(knobs, key=list(TrialConfig.model_fields).index)


def _table(knobs: list[str], model: str) -> str:
    def lines() -> Iterator[str]:
        yield "| knob | what it is | type | range | unit | default |"
        yield "|---|---|---|---|---|---|"
        for knob in knobs:
            row = row_of(knob, model)
            yield f"| `{knob}` | {row.meaning} | {row.kind} | {row.range} | {row.unit} | `{row.default}` |"

    return "\n".join(lines()) + "\n"


def _names() -> str:
    lines = ["| task | network | knobs |", "|---|---|---|"]
    for name, row in MODELS.items():
        for task in sorted(row.tasks):
            lines.append(f"| {task} | {name} | {', '.join(knobs_of(task, name))} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
