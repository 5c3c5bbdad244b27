"""The end of a sweep: pictures and report, then the last words on the terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from reports.analysis.ablation import ablation_table
from reports.analysis.summary import Worth, savings, search_worth
from reports.records.folder import SweepFolder
from reports.records.spec import SweepSpec
from reports.records.state import SweepState
from tune_jobs.errors import EXIT_NOTHING_SUCCEEDED
from tune_jobs.formatting import duration, short
from tune_jobs.search.stop_conditions import Outcome
from tune_jobs.storage.working_copy import place_of, storage_option

_WHY = {
    "SIGINT": "Interrupted.",
    "SIGTERM": "Terminated.",
    "stopped": "Stopped, as asked.",
    "time_limit": "The time limit was reached.",
    "paused": "Paused.",
    "failed": "Ended, because trial after trial failed with the same error.",
}


def close(folder: SweepFolder, spec: SweepSpec, outcome: Outcome, cache: Path, console: Console) -> int:
    """Write the report and say what came out; 3 if no trial gave a result, else 0."""
    state = folder.state()
    if outcome not in ("SIGINT", "SIGTERM"):  # a person who wants out is not kept waiting
        with console.status("Drawing the report"):
            from reports.pages.report import write_report
            from tune_jobs.gallery import draw_gallery

            draw_gallery(folder, spec.space, cache)
            write_report(folder)
            parent = SweepFolder(folder.path.parent / (spec.ablation_of or ""))
            if spec.ablation_of and parent.exists():
                write_report(parent)  # it shows what its ablations found
    worth = search_worth(state, folder.spec().space.objective)
    if outcome != "completed":
        _say(console, f"{_WHY[outcome]} {len(state.finished)} of {state.trials_requested} trials are done.")
    if worth is not None and spec.plan is not None:
        _say_ablation(console, state, folder.spec())
    elif worth is None:
        _say(console, "No trial gave a result.")
        _say_errors(console, state)
    else:
        _say_worth(console, worth, spec, folder)
        _say_savings(console, state)
    _say(console, f"On disk: {_size(folder.path) / 1e6:.1f} MB in {place_of(folder)}")
    if folder.report_path.exists():
        _say(console, f"Report: {folder.report_path}")
    if len(state.finished) < state.trials_requested:
        _say(console, f"Go on with: tune resume {folder.name}{storage_option(folder)}")
    nothing = worth is None and outcome not in ("SIGINT", "SIGTERM", "stopped")
    return EXIT_NOTHING_SUCCEEDED if nothing or outcome == "failed" else 0


def say_paused(folder: SweepFolder, trouble: str, console: Console) -> None:
    """The last words of a sweep whose storage is at fault; nothing more is written."""
    _say(console, f"Paused: {trouble}. Nothing that ended is lost.")
    _say(console, f"Once that is mended: tune resume {folder.name}{storage_option(folder)}")


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True, markup=False)


def _say_worth(console: Console, worth: Worth, spec: SweepSpec, folder: SweepFolder) -> None:
    metric = spec.space.objective.metric
    against = ""
    if worth.default_value is not None and worth.gain is not None:
        better = "better" if worth.gain > 0 else "no better"
        against = f"; the default configuration reached {worth.default_value:.4f} ({worth.gain:+.4f}: {better})"
    console.print()
    _say(
        console, f"Best: trial {worth.best.trial}, {metric} {worth.best_value:.4f} at epoch {worth.best_epoch}{against}"
    )
    if len(spec.space.objectives) > 1:
        _say_trade_off(console, folder)
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for title in ("", "best", "default"):
        table.add_column(title)
    document = folder.spec()
    default = spec.space.default()
    for knob, value in document.space.in_effect(worth.best.config).items():
        table.add_row(knob, short(value), short(default[knob]) if knob in default else "not in effect")
    console.print(table)


def _say_trade_off(console: Console, folder: SweepFolder) -> None:
    from reports.analysis.tables import trade_offs_table
    from reports.pages.sentences import trade_off_sentence

    objectives = folder.spec().space.objectives
    _say(console, trade_off_sentence(trade_offs_table(folder.state(), objectives), objectives))


def _say_ablation(console: Console, state: SweepState, spec: SweepSpec) -> None:
    metric = spec.space.objective.metric
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("change", f"{metric}, mean ± 95 %", "worth of the setting [95 %]", "verdict"):
        table.add_column(title)
    for row in ablation_table(state, spec):
        spread = f" ± {row.half_width:.4f}" if row.half_width is not None else ""
        mean = "no result" if row.mean is None else f"{row.mean:.4f}{spread}"
        table.add_row(row.change, mean, row.worth.in_words() if row.worth else "", row.verdict)
    console.print()
    console.print(table, highlight=False)
    console.print()


def _say_savings(console: Console, state: SweepState) -> None:
    saved = savings(state)
    epochs = saved.full_epochs - saved.trained_epochs
    slots = state.starts[-1].slots
    console.print()
    _say(
        console,
        f"Pruned: {saved.pruned} of {len(state.finished)} trials, which saved {epochs} of {saved.full_epochs} epochs "
        f"(about {duration(saved.saved_seconds / slots)} here).",
    )
    failed = sum(trial.reason in ("failed", "diverged") for trial in state.finished)
    if failed:
        _say(console, f"Failed or diverged: {failed}; the report says why.")


def _say_errors(console: Console, state: SweepState) -> None:
    for error in sorted({(trial.error or "unknown").splitlines()[0] for trial in state.finished})[:3]:
        _say(console, f"  {error}")


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
