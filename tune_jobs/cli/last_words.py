"""The last words of a sweep that ran in this terminal, and the command's exit code."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from reports.analysis.ablation import ablation_table, why_wide
from reports.analysis.curve_shape import shape_of
from reports.analysis.feasibility import infeasible_sentence
from reports.analysis.review import review
from reports.analysis.summary import Worth, is_complete, savings, search_worth
from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec
from reports.records.state import SweepState
from tune_jobs.cli.tables.knobs import say_hints
from tune_jobs.cli.tables.printing import table_of
from tune_jobs.cli.tables.yardsticks import how_it_stands, show_yardsticks
from tune_jobs.errors import EXIT_NOTHING_SUCCEEDED, EXIT_PAUSED, EXIT_SIGINT, EXIT_SIGTERM
from tune_jobs.formatting import duration, short
from tune_jobs.run_to_end import SweepResult
from tune_jobs.search.messages import PREFLIGHT
from tune_jobs.storage.working_copy import place_of, storage_option

_WHY = {
    "SIGINT": "Interrupted.",
    "SIGTERM": "Terminated.",
    "stopped": "Stopped, as asked.",
    "time_limit": "The time limit was reached.",
    "failed": "Ended, because trial after trial failed with the same error.",
}
_SIGNALS = {"SIGINT": EXIT_SIGINT, "SIGTERM": EXIT_SIGTERM}


def conclude(result: SweepResult, console: Console) -> int:
    """Say what came out; the command's exit code."""
    if result.outcome != "paused":
        _say_what_came_out(result, console)
    if result.missing:
        _say_missing(result, console)
    if result.paused_by is not None:
        _say_paused(result.folder, result.paused_by, console)
    return exit_code(result)


def conclude_quietly(result: SweepResult, console: Console) -> int:
    """Say what went otherwise than it should, and where the report is; the command's exit code."""
    folder, code = result.folder, exit_code(result)
    if result.missing:
        _say_missing(result, console)
    if result.paused_by is not None:
        _say_paused(folder, result.paused_by, console)
    elif result.outcome != "completed":
        state = folder.state()
        _say(console, f"{_WHY[result.outcome]} {len(state.finished)} of {state.trials_requested} trials are done.")
    elif code:
        _say(console, infeasible_sentence(folder.state(), folder.spec().space.objective) or "No trial gave a result.")
    if folder.report_path.exists():
        _say(console, str(folder.report_path))
    return code


def exit_code(result: SweepResult) -> int:
    """4 if the sweep paused, 130 or 143 after a signal, 3 if no trial gave a result, else 0."""
    if result.paused_by is not None:
        return EXIT_PAUSED
    if result.outcome in _SIGNALS:
        return _SIGNALS[result.outcome]
    nothing = search_worth(result.folder.state(), result.folder.spec().space.objective) is None
    failed = result.outcome == "failed" or (nothing and result.outcome != "stopped")
    return EXIT_NOTHING_SUCCEEDED if failed else 0


def _say_what_came_out(result: SweepResult, console: Console) -> None:
    folder, spec, state = result.folder, result.folder.spec(), result.folder.state()
    worth = search_worth(state, spec.space.objective)
    if result.outcome != "completed":
        _say(console, f"{_WHY[result.outcome]} {len(state.finished)} of {state.trials_requested} trials are done.")
    if spec.confirmation is not None:
        _say_confirmation(console, folder, spec, state)
    elif worth is not None and spec.plan is not None:
        _say_ablation(console, state, spec)
        _say_what_it_settled(console, folder, spec)
        show_yardsticks(spec, state, worth, console)
    elif worth is None:
        _say(console, infeasible_sentence(state, spec.space.objective) or "No trial gave a result.")
        show_yardsticks(spec, state, None, console)
        _say_errors(console, state)
    else:
        _say_worth(console, worth, folder)
        if len(state.finished) > 1:
            _say_savings(console, state)
        if said := infeasible_sentence(state, spec.space.objective):
            _say(console, said)
        say_hints(folder, console)
        for finding in review(state, spec, worth):
            _say(console, finding.in_words(storage_option(folder)))
        if worth.confirmed is None and len(state.finished) > 1:
            again = f"tune confirm {folder.name}{storage_option(folder)}"
            _say(console, f"Each trial ran once. How sure the winner is: {again}")
        _say(console, f"Put it to work: tune predict {folder.name} PHOTOS{storage_option(folder)}")
    for note in state.notes:
        if note.text.startswith(PREFLIGHT):
            _say(console, f"Warning: {note.text}")
    _say(console, f"On disk: {_size(folder.path) / 1e6:.1f} MB in {place_of(folder)}")
    if folder.report_path.exists():
        _say(console, f"Report: {folder.report_path}")
    if not is_complete(spec, state):
        _say(console, f"Go on with: tune resume {folder.name}{storage_option(folder)}")


def _say_missing(result: SweepResult, console: Console) -> None:
    for text in result.missing:
        _say(console, f"Missing: {text}")
    _say(console, f"What can be drawn by then: tune report {result.folder.name}{storage_option(result.folder)}")


def _say_paused(folder: SweepFolder, trouble: str, console: Console) -> None:
    """Of a sweep whose storage is at fault, or whose cluster is gone."""
    _say(console, f"Paused: {trouble}. Nothing that ended is lost.")
    _say(console, f"Once that is mended: tune resume {folder.name}{storage_option(folder)}")


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True, markup=False)


def _say_worth(console: Console, worth: Worth, folder: SweepFolder) -> None:
    spec, state = folder.spec(), folder.state()
    console.print()
    _say(console, how_it_stands(spec, state, worth))
    if spec.data.classes_in_words:
        _say(console, spec.data.classes_in_words)
    _say(console, f"Its learning curve: {shape_of(worth.best, spec).in_words()}.")
    console.print()
    show_yardsticks(spec, state, worth, console)
    if len(spec.space.objectives) > 1:
        _say_trade_off(console, folder)
    _say_settings(console, worth, spec)


def _say_settings(console: Console, worth: Worth, spec: SweepSpec) -> None:
    """The best configuration beside the default; nothing where one configuration alone was trained."""
    settings, default = spec.space.in_effect(worth.best.config), spec.space.default()
    if not settings:
        return
    table = table_of("", "best", "default", padding=(0, 2))
    for knob, value in settings.items():
        table.add_row(knob, short(value), short(default[knob]) if knob in default else "not in effect")
    console.print()
    console.print(table)


def _say_trade_off(console: Console, folder: SweepFolder) -> None:
    from reports.analysis.view import SweepView
    from reports.figures import FIGURES

    if said := FIGURES["pareto"].says(SweepView(folder)):
        _say(console, said)


def _say_ablation(console: Console, state: SweepState, spec: SweepSpec) -> None:
    metric = spec.space.objective.metric
    table = table_of("change", f"{metric}, mean ± 95 %", "worth of the setting [95 %]", "verdict")
    rows = ablation_table(state, spec)
    for row in rows:
        spread = f" ± {row.half_width:z.4f}" if row.half_width is not None else ""
        mean = "no result" if row.mean is None else f"{row.mean:z.4f}{spread}"
        table.add_row(row.change, mean, row.worth.in_words() if row.worth else "", row.verdict)
    console.print()
    console.print(table, highlight=False)
    if why := why_wide(rows):
        _say(console, why)
    console.print()


def _say_confirmation(console: Console, folder: SweepFolder, spec: SweepSpec, state: SweepState) -> None:
    from reports.analysis.confirmation_words import confirmation_sentences

    console.print()
    for sentence in confirmation_sentences(folder, spec, state):
        _say(console, sentence)
    console.print()


def _say_what_it_settled(console: Console, folder: SweepFolder, spec: SweepSpec) -> None:
    """The hints of the sweep that was taken apart, as they stand now."""
    of = SweepFolder(folder.path.parent / (spec.ablation_of or ""))
    if spec.ablation_of and of.exists():
        say_hints(of, console, f"Knobs of {of.name}")


def _say_savings(console: Console, state: SweepState) -> None:
    saved = savings(state)
    epochs = saved.full_epochs - saved.trained_epochs
    slots = state.starts[-1].slots
    console.print()
    what = f", which saved {epochs} of {saved.full_epochs} epochs (about {duration(saved.saved_seconds / slots)} here)"
    _say(console, f"Pruned: {saved.pruned} of {len(state.finished)} trials{what if saved.pruned else ''}.")
    failed = sum(trial.reason in ("failed", "diverged") for trial in state.finished)
    if failed:
        _say(console, f"Failed or diverged: {failed}; the report says why.")


def _say_errors(console: Console, state: SweepState) -> None:
    for error in sorted(
        {(trial.error or "unknown").splitlines()[0] for trial in state.finished if trial.reason != "infeasible"}
    )[:3]:
        _say(console, f"  {error}")


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
