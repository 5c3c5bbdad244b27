"""What a sweep would do better, each with the command or the setting that does it: ends of ranges, length, divergence,
rungs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cnnmodels.config import is_open_ended
from reports.analysis.distributions import rank_correlation
from reports.analysis.summary import Worth, best_until
from reports.records.spec import SweepSpec
from reports.records.state import SweepState, TrialState
from search_spaces.parameters import Choice
from search_spaces.schema import SearchSpace
from search_spaces.widening import end_of, widened

_FEWEST = 5  # trials that came to their end, to speak of their order
_UNSAFE = 0.5  # a rank correlation below it


@dataclass(frozen=True)
class Finding:
    """One thing to look at."""

    text: str
    option: str | None = None  # of `tune launch`: what acts on it in a new sweep
    command: str | None = None  # what acts on it in this sweep

    def in_words(self, storage: str) -> str:
        """With what acts on it, in a terminal; `storage` is the option that says where the sweep is kept."""
        acts = f" Now: {self.command}{storage}" if self.command else f" Next time: {self.option}" if self.option else ""
        return self.text + acts


def review(state: SweepState, spec: SweepSpec, worth: Worth) -> list[Finding]:
    """What the sweep's own record suggests, for itself or for the next one; empty where nothing does."""
    if not spec.is_search:
        return []
    return [
        *_at_an_end(spec, worth),
        *_at_the_last_epochs(spec, worth),
        *_diverging(state, spec.space),
        *_rungs(state, spec),
    ]


def _at_an_end(spec: SweepSpec, worth: Worth) -> Iterator[Finding]:
    """Ranges at whose end the best value lies, where the knob could go on beyond."""
    for knob, value in spec.space.in_effect(worth.best.config).items():
        parameter = spec.space.search[knob]
        if isinstance(parameter, Choice) or (end := end_of(parameter, value)) is None:
            continue
        wider = widened(spec.space, knob, end, worth.best.config)
        if wider is None:
            continue
        low, high = parameter.ends()
        yield Finding(
            f"The best {knob}, {value:.3g}, lies at the {end} end of its range ({low:g} to {high:g}); "
            f"better ones may lie beyond, in {wider.in_words()}.",
            command=f"tune resume {spec.name} --widen {knob}",
        )


def _at_the_last_epochs(spec: SweepSpec, worth: Worth) -> Iterator[Finding]:
    """Whether the best epoch was among the last, so that more of them may be better."""
    epochs = int(worth.best.config["epochs"])
    if epochs < _FEWEST or worth.best_epoch <= epochs - epochs / 4:
        return
    text = f"The best epoch, {worth.best_epoch}, is among the last quarter of {epochs}; longer training may be better"
    scheduler = worth.best.config.get("scheduler", "none")
    if not is_open_ended(worth.best.config):
        text += f", though the schedule ({scheduler}) ends there by design, so that this alone says little"
    yield Finding(f"{text}.", command=f"tune resume {spec.name} --epochs {2 * epochs}")


def _searching(space: SearchSpace, knob: str, ends: list[float]) -> str | None:
    """The option that searches a knob in another range; none for a range in steps, which the ends may miss."""
    parameter = space.search[knob]
    if parameter.kind == "quantized":
        return None
    low, high = (f"{end:g}" for end in ends)
    return f"--set 'search.{knob}={{{parameter.kind}: [{low}, {high}], default: {space.default_of(knob):g}}}'"


def _diverging(state: SweepState, space: SearchSpace) -> Iterator[Finding]:
    """Whether trials diverged, and from which learning rate on."""
    diverged = [trial for trial in state.finished if trial.reason == "diverged"]
    if not diverged:
        return
    text = f"{len(diverged)} of {len(state.finished)} trials diverged"
    if "lr" not in space.search:
        yield Finding(f"{text}; a smaller learning rate, or gradient_clip, may keep them from it.")
        return
    least = min(_rate(trial) for trial in diverged)
    above = [trial for trial in state.finished if _rate(trial) >= least]
    option = None
    if not isinstance(space.search["lr"], Choice):
        low, high = space.search["lr"].ends()
        if low < least < high and space.default_of("lr") <= least:
            option = _searching(space, "lr", [low, least])
    yield Finding(f"{text}: {len(diverged)} of the {len(above)} with lr of {least:.3g} or more.", option)


def _rate(trial: TrialState) -> float:
    return float(trial.config["lr"])


def _rungs(state: SweepState, spec: SweepSpec) -> Iterator[Finding]:
    """Whether the order at a rung was that of the end."""
    objective, budget = spec.space.objective, spec.space.budget
    whole = [trial for trial in state.searched.values() if trial.reason == "completed"]
    finals = {trial.trial: trial.best(objective.metric, objective.mode) for trial in whole}
    rungs = sorted({trial.cut.rung for trial in state.finished if trial.cut})
    for rung in rungs:
        pairs = [
            (then, final[1])
            for trial in whole
            if (then := best_until(trial, objective, rung)) is not None and (final := finals[trial.trial]) is not None
        ]
        if len(pairs) < _FEWEST or len({then for then, _ in pairs}) < 2 or len({end for _, end in pairs}) < 2:
            continue
        agreement = rank_correlation(pairs)
        text = f"The {len(pairs)} trials that came to their end: their order at epoch {rung}, at which others were cut"
        if agreement < _UNSAFE:
            later = min(2 * rung, budget.max_epochs)
            yield Finding(
                f"{text}, hardly is that of the end (rank correlation {agreement:.2f}), so a better one may have been "
                "cut.",
                f"--set budget.grace_epochs={later}",
            )
