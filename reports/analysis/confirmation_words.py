"""What a confirmation has found, in sentences for terminal and report. Plain text; a page escapes it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from reports.analysis.confirmation import FEWEST_RUNS, PROBABILITY, CandidateRow, Verdicts, runs_of, verdicts
from reports.analysis.formatting import listed, number, percent
from reports.analysis.significance import Difference, half_width
from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec
from reports.records.state import SweepState


def confirmation_sentences(folder: SweepFolder, spec: SweepSpec, state: SweepState) -> list[str]:
    """All that there is to say, the winner first; that nothing can be said, where it is so.

    Args:
        folder: of the confirmation; the sweep that it confirms lies beside it.
        spec: of the confirmation.
        state: of the confirmation.
    """
    found = verdicts(state, spec)
    if found is None or spec.confirmation is None:
        return ["No candidate has been trained twice without failing, so nothing is confirmed."]
    return [
        *_of_winner(found, spec),
        *_of_others(found),
        *_of_the_sweeps_own_figure(found, folder, spec),
        *_of_test_images(found, state, spec),
    ]


def _of_winner(found: Verdicts, spec: SweepSpec) -> list[str]:
    winner, metric = found.winner, spec.space.objective.metric
    assert winner.mean is not None
    reached = f"{metric} {number(winner.mean)} ± {number(winner.half_width)} over {len(winner.values)} fresh seeds"
    sound = sum(not row.failed for row in found.rows)
    if sound == 1:
        return [f"Trial {winner.trial}: {reached}; the only candidate."]
    near = f", or within {number(found.indifference)} of it" if found.indifference else ""
    chance = f"the best of {sound} candidates{near}, with a probability of {percent(winner.probability)}"
    if found.decided:
        return [f"Confirmed: trial {winner.trial} is {chance}; {reached}."]
    why = f"{found.runs} runs do not make it {percent(PROBABILITY)}"
    if len(winner.values) < FEWEST_RUNS:
        why = f"it has run {len(winner.values)} times only"
    return [f"Not decided: trial {winner.trial} is {chance} ({why}); {reached}."]


def _of_others(found: Verdicts) -> list[str]:
    said = []
    tied = [row.trial for row in found.tied]
    if tied:
        one = len(tied) == 1
        said.append(f"Trial{'' if one else 's'} {listed(tied)} cannot be told from the best.")
    runner_up = next((row for row in found.rows[1:] if not row.failed), None)
    if runner_up is not None:
        said.append(_compared(found, runner_up, f"the runner-up (trial {runner_up.trial})", told=bool(tied)))
    if found.reference is not None:
        said.append(_compared(found, found.reference, "the default configuration"))
    failed = [row.trial for row in found.rows if row.failed]
    if failed:
        said.append(f"Out of the running, since with another seed a run failed: {listed(failed)}.")
    return [text for text in said if text]


def _compared(found: Verdicts, other: CandidateRow, name: str, *, told: bool = False) -> str:
    """The difference, and its verdict unless that was told: of many candidates it is another one than of two."""
    difference: Difference | None = found.against(other)
    if difference is None:
        return f"Against {name}: no result to compare with."
    return f"Against {name}: {difference.in_words()}{'' if told else f', {difference.verdict}'}."


def _of_the_sweeps_own_figure(found: Verdicts, folder: SweepFolder, spec: SweepSpec) -> list[str]:
    assert spec.confirmation is not None
    sweep, objective = SweepFolder(folder.path.parent / spec.confirmation.of), spec.space.objective
    trial = sweep.state().trials.get(found.winner.trial) if sweep.exists() else None
    own = trial.best(objective.metric, objective.mode) if trial else None
    if own is None or found.winner.mean is None:
        return []
    sign = 1 if objective.mode == "max" else -1
    luck = sign * (own[1] - found.winner.mean)
    if luck <= 0:
        return [f"In the sweep itself it had reached {number(own[1])}, which was not too good."]
    why = "the best of many runs is a lucky one as well"
    return [f"In the sweep itself it had reached {number(own[1])}, {number(luck)} too good: {why}."]


def _of_test_images(found: Verdicts, state: SweepState, spec: SweepSpec) -> list[str]:
    values = test_values(found, state, spec)
    if not values:
        return []
    metric = spec.space.objective.metric.replace("val_", "test_", 1)
    many = len(values) > 1
    spread = f" ± {number(half_width(values))}" if many else ""
    networks = f"mean of its {len(values)} networks" if many else "one network"
    return [
        f"On the {spec.data.counts['test']} test images, which nothing else has seen: {metric} "
        f"{number(statistics.fmean(values))}{spread} ({networks})."
    ]


def test_values(found: Verdicts, state: SweepState, spec: SweepSpec) -> Sequence[float]:
    """The objective on the test images, of each network of the winner that was shown them."""
    assert spec.confirmation is not None
    metric = spec.space.objective.metric.replace("val_", "test_", 1)
    measured: list[Mapping[str, float | None]] = [
        state.tests[run.trial]
        for run in runs_of(state, spec.confirmation)[found.winner.trial]
        if run.trial in state.tests
    ]
    return [value for metrics in measured if (value := metrics.get(metric)) is not None]
