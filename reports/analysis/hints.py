"""What is said of the effects of knobs, in the report and in the terminal alike. A sweep hints; an ablation shows."""

from __future__ import annotations

import math

from reports.analysis.formatting import number
from reports.analysis.knob_effects import Check, KnobEffect

_MOST_HINTS = 4  # that a sentence gives in full


def hints_sentence(effects: list[KnobEffect]) -> str:
    """Of which knobs the sweep gives a hint, and which hints an ablation has settled."""
    hinted = [effect for effect in effects if effect.hinted]
    withdrawn = [effect for effect in effects if effect.withdrawn]
    testable = [effect for effect in effects if not math.isnan(effect.difference)]
    if not testable:
        return "There are too few trials to say what a single knob did: more of them, or tune ablate, would tell."
    if hinted:
        parts = [f"{_of(effect)}{_settled(effect.check)}" for effect in hinted]
        more = len(parts) - _MOST_HINTS
        said = f"Hints: {'; '.join(parts[:_MOST_HINTS])}{f'; and {more} more' if more > 0 else ''}."
        if any(effect.check is None for effect in hinted):
            said += " A sweep only hints; tune ablate changes one knob at a time and shows it."
    elif withdrawn:
        said = "No hint is left."
    else:
        said = f"No knob stands out: of {len(testable)}, none has an effect that chance alone would not give as well."
    return said + _withdrawals(withdrawn) + _unseen(effects)


def verdict(effect: KnobEffect) -> str:
    """The same in a few words, for a cell of a table."""
    check = effect.check
    if effect.withdrawn and check:
        return f"withdrawn: {check.ablation} shows {_the_contrary(check)}"
    if effect.hinted:
        return f"a hint{effect.where}" + (f", {check.finding} by {check.ablation}" if check else "")
    if effect.low > 0:
        return "may be chance"
    return "nothing seen" if effect.visible else "not visible"


def _of(effect: KnobEffect) -> str:
    assert effect.best is not None
    assert effect.worst is not None
    return (
        f"{effect.knob} ({effect.best.label} over {effect.worst.label}: {number(effect.difference)} "
        f"[{number(effect.low)}, {number(effect.high)}]{effect.where})"
    )


def _settled(check: Check | None) -> str:
    if check is None:
        return ""
    gain = check.gain.in_words()
    if check.finding == "shown":
        return f", and {check.ablation} shows it: {gain}"
    return f", which {check.ablation} does not show with {check.gain.repeats} seeds: {gain}"


def _withdrawals(withdrawn: list[KnobEffect]) -> str:
    parts = [
        f"{_of(effect)}, since {check.ablation} shows {_the_contrary(check)}: {check.gain.in_words()}"
        for effect in withdrawn
        if (check := effect.check)
    ]
    return f" Withdrawn: {'; '.join(parts)}." if parts else ""


def _the_contrary(check: Check) -> str:
    return "the opposite" if check.gain.high < 0 else "no effect of that size"


def _unseen(effects: list[KnobEffect]) -> str:
    unseen = [effect.knob for effect in effects if not effect.visible and not effect.is_beyond_chance]
    return f" Not visible, since too few of its values came so far: {', '.join(unseen)}." if unseen else ""
