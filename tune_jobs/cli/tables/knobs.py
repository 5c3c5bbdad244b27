"""What a sweep says of its knobs: a sentence for people, or rows for JSON."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from rich.console import Console

from reports.analysis.hints import hints_sentence, verdict
from reports.analysis.knob_effects import KnobEffect
from reports.analysis.view import SweepView
from reports.records.folder import SweepFolder


def say_hints(of: SweepFolder | SweepView, console: Console, title: str = "Knobs") -> None:
    """The hints, and what ablations made of them; nothing where there are too few trials for any."""
    effects = (of if isinstance(of, SweepView) else SweepView(of)).hints
    if any(effect.best for effect in effects):
        console.print(f"{title}: {hints_sentence(effects)}", highlight=False, soft_wrap=True, markup=False)


def knob_rows(view: SweepView) -> list[dict[str, Any]]:
    """A row for each knob that can have acted, as the table of the report has it; None where that says nothing."""
    return [
        {
            "knob": effect.knob,
            "importance": asdict(view.importance[effect.knob]) if effect.knob in view.importance else None,
            "until_epoch": view.first_rung if effect.at_first_rung else view.common_epoch,
            "effect": _effect(effect),
            "verdict": verdict(effect),
            "ablation": asdict(effect.check) if effect.check else None,
        }
        for effect in view.effects
    ]


def _effect(effect: KnobEffect) -> dict[str, Any] | None:
    if effect.best is None or effect.worst is None or math.isnan(effect.difference):
        return None
    ends = {"best": effect.best.label, "worst": effect.worst.label}
    return {**ends, "difference": effect.difference, "low": effect.low, "high": effect.high, "hint": effect.hinted}
