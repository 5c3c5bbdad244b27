"""What a figure says, in a sentence computed from the same table. Plain text; the page escapes it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from reports.analysis.grid import grid_size
from reports.analysis.importance import MIN_TRIALS
from reports.analysis.knob_effects import Interaction, KnobEffect
from reports.analysis.repeats import Repeats, Rivals
from reports.analysis.rungs import Doubt
from reports.analysis.summary import Savings, Worth
from reports.analysis.timeline import minutes_by_phase
from reports.records.spec import SweepSpec
from reports.records.state import SweepState
from search_spaces.schema import Objective

_MAX_NAMES = 8  # of trials in a sentence
_SURE = 0.05


def default_sentence(worth: Worth) -> str:
    """The winner against the default configuration."""
    if worth.default_value is None or worth.gain is None:
        return "The default configuration gave no result to compare with."
    if worth.gain <= 0:
        return "It is the default configuration itself: no trial did better."
    as_long = ""
    if worth.default_as_long is not None and worth.default_as_long != worth.default_value:
        as_long = f" ({number(worth.default_as_long)} when trained no longer than the best trial)"
    return (
        f"That is {number(worth.gain)} better than the default configuration, which reached "
        f"{number(worth.default_value)}{as_long}."
    )


def trust_sentence(worth: Worth, repeats: Repeats | None, rivals: Rivals | None, name: str) -> str:
    """Is it sure that the best is the best?"""
    if repeats is not None:
        spread = f"{number(repeats.mean)} ± {number(repeats.half_width)}"
        known = (
            f"Trained {len(repeats.values)} times with different seeds ({', '.join(repeats.where)}), the best "
            f"configuration reaches {spread} (95 % interval of the mean)."
        )
    else:
        known = "The best configuration was trained once, with one seed."
    if rivals is None:
        return f"{known} There is too little to say how much a result varies; tune ablate {name} repeats it."
    yardstick = (
        f"Repeats of one configuration vary by {number(rivals.spread)} (standard deviation)"
        if rivals.known_from == "repeats"
        else f"Nothing was repeated, so the yardstick is how much curves jump from one epoch to the next "
        f"({number(rivals.spread)}); seeds usually differ by more, and tune ablate {name} would show"
    )
    if not rivals.trials:
        return f"{known} {yardstick}. No other trial comes within {number(rivals.within)} of the best."
    names = listed([trial.trial for trial in rivals.trials])
    one = len(rivals.trials) == 1
    return (
        f"{known} {yardstick}. {'Trial' if one else f'{len(rivals.trials)} trials'} {'' if one else '('}{names}"
        f"{'' if one else ')'} within {number(rivals.within)} of it cannot be told from the best."
    )


def importance_sentence(shares: dict[str, float], objective: Objective, epoch: int) -> str:
    """Which knob told good trials from poor ones."""
    compared = (
        f"Trials are compared by their best {objective.metric} up to epoch {epoch}, which all of them could reach."
    )
    if not shares:
        return f"{compared} Fewer than {MIN_TRIALS} got there: too few to rank the knobs."
    (first, share), *others = shares.items()
    said = f"{first} has {share:.0%} of the importance (Optuna's PED-ANOVA)"
    if others:
        said += f", {others[0][0]} {others[0][1]:.0%}"
    close = ": no knob stands out" if share < 1.5 / len(shares) else ""
    return f"{compared} {said}{close}. Knobs with a condition are not ranked among those that always count."


def effects_sentence(effects: list[KnobEffect]) -> str:
    """Which knobs have an effect that their interval shows."""
    shown = [effect for effect in effects if effect.shown]
    testable = [effect for effect in effects if not math.isnan(effect.difference)]
    if not testable:
        return "There are too few trials at each value to say what a single knob did."
    if not shown:
        return f"Of {len(testable)} knobs, none has an effect that these trials show beyond chance."
    parts = [
        f"{effect.knob} ({effect.best.label} over {effect.worst.label}: {number(effect.difference)} "
        f"[{number(effect.low)}, {number(effect.high)}])"
        for effect in shown
        if effect.best and effect.worst
    ]
    return f"Beyond chance: {'; '.join(parts[:4])}. The search set knobs together; tune ablate changes one at a time."


def pair_sentence(found: list[Interaction], one: str, other: str) -> str:
    """Whether any two knobs act together."""
    if not found:
        return f"Too few trials to tell whether knobs act together; {one} and {other} are drawn for a look."
    sure = [pair for pair in found if pair.p < _SURE]
    if not sure:
        return (
            f"Of {len(found)} pairs none acts together beyond chance (F test, Holm's correction; the nearest is {one} "
            f"with {other}, p = {found[0].p:.2g}), as far as so many trials can show."
        )
    pairs = "; ".join(f"{pair.one} with {pair.other} (p = {pair.p:.2g})" for pair in sure[:3])
    return f"What one is worth depends on the other: {pairs} (F test, Holm's correction for {len(found)} pairs)."


def search_sentence(progress: pd.DataFrame, saved: Savings, spec: SweepSpec) -> str:
    """When the best was found, and what a full grid would have cost."""
    trained, best = len(progress), progress["best"]
    found = progress[best == best.iloc[-1]].iloc[0]
    after = int(found["epochs_trained"])
    said = f"The best value came after {after} of {saved.trained_epochs} epochs ({found['minutes']:.1f} min)"
    if after > 0.9 * trained and trained > 20:
        said += ", near the end: more trials may find more"
    size = grid_size(spec.space)
    if size is None:
        return f"{said}."
    epochs = size * spec.space.budget.max_epochs
    share = saved.trained_epochs / epochs
    if share > 1:
        return f"{said}. That is finer than a grid with three values of each range, which has {epochs:,} epochs."
    return (
        f"{said}. A full grid, with three values of each range, has {size:,} configurations and {epochs:,} epochs; "
        f"this search trained {saved.trained_epochs:,}, {percent(share)} of that."
    )


def rungs_sentence(saved: Savings, doubt: Doubt | None) -> str:
    """What pruning saved, and whether it may have cost the best trial."""
    said = (
        f"Pruning {saved.pruned} trials saved {saved.full_epochs - saved.trained_epochs} of {saved.full_epochs} epochs."
    )
    if doubt is None:
        return f"{said} Nobody ran on to compare those with."
    if doubt.likeliest is None:
        return (
            f"{said} Had any of them gained as much as any of the {doubt.kept} trials that ran on, it still would not "
            "have won."
        )
    return (
        f"{said} Had each gained as the {doubt.kept} trials that ran on did, {doubt.expected:.1f} of the "
        f"{doubt.cut} would have won, most likely trial {doubt.likeliest} ({doubt.chance:.0%})."
    )


def time_sentence(spent: pd.DataFrame) -> str:
    """Where the slots' time went."""
    minutes = minutes_by_phase(spent)
    total = sum(minutes.values())
    if not total:
        return ""
    parts = [f"{phase} {minutes[phase] / total:.0%}" for phase in sorted(minutes, key=lambda one: -minutes[one])]
    return f"Of {total:.1f} slot-minutes: {', '.join(parts)}."


def trade_off_sentence(table: pd.DataFrame, objectives: Sequence[Objective]) -> str:
    """What the Pareto front spans."""
    front = table[table["front"] == 1]
    one, other = objectives
    ends = front.sort_values(one.metric, ascending=one.mode == "min")
    best, cheap = ends.iloc[0], ends.iloc[-1]
    if len(front) == 1:
        return f"Trial {best['trial']} is best in {one.metric} and in {other.metric}."
    return (
        f"{len(front)} of {len(table)} trials are beaten by no other in both: from trial {best['trial']} "
        f"({one.metric} {number(best[one.metric])}, {other.metric} {number(best[other.metric])}) to trial "
        f"{cheap['trial']} ({number(cheap[one.metric])}, {number(cheap[other.metric])})."
    )


def curves_sentence(state: SweepState) -> str:
    """How the trials ended."""
    words = {"completed": "ran to their end", "stopped_early": "stopped early", "pruned": "were pruned"}
    words |= {"failed": "failed", "diverged": "diverged", "interrupted": "were interrupted"}
    reasons = [trial.reason for trial in state.trials.values()]
    counts = [f"{reasons.count(reason)} {word}" for reason, word in words.items() if reason in reasons]
    running = reasons.count(None)
    return ", ".join(counts + ([f"{running} are running"] if running else [])) + "."


def listed(names: list[str]) -> str:
    """Some names, and how many more."""
    more = len(names) - _MAX_NAMES
    return ", ".join(names[:_MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def number(value: float) -> str:
    """With as many digits as say something."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if abs(value) >= 10_000:
        return f"{value:,.0f}"
    return f"{value:.4f}" if 0.00005 <= abs(value) < 10 else f"{value:.4g}"


def percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 else f"{100 * share:.2g}%"


def classes_sentence(best: pd.DataFrame, default: pd.DataFrame) -> str:
    """Where the best trial is good, and where it gained."""
    both = best.merge(default, on="name", suffixes=("_best", "_default")).dropna()
    if both.empty:
        return ""
    both["gain"] = both["iou_best"] - both["iou_default"]
    *_, top = (by_value := both.sort_values("iou_best").to_dict("records"))
    most = both.sort_values("gain").to_dict("records")[-1]
    least = by_value[0]
    said = f"Best at {top['name']} ({top['iou_best']:.3f}), worst at {least['name']} ({least['iou_best']:.3f})."
    if most["gain"] > 0:
        said += f" The largest gain over the default is at {most['name']} (+{most['gain']:.3f})"
        lost = int((both["gain"] < 0).sum())
        said += f"; {lost} of {len(both)} classes lost." if lost else "; no class lost."
    return said
