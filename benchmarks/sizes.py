"""What looking at large sweeps costs: the report and `show` of one of many trials, `ls` of many sweeps, and how soon
a browser has the report open.

Run: python benchmarks/sizes.py [--trials 10000] [--epochs 27] [--sweeps 1000] [--runs 3] [--against DIR]. The trials
are made up, with configurations of the seg_unet space, and pruned as ASHA prunes. Each command is a process of its own;
its seconds are of the processor (the least of the runs), its memory is the most that it held. The seconds of the
browser, Chromium, are of the clock. With --against the same files are given to another checkout as well, in turns.
"""

from __future__ import annotations

import argparse
import bisect
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import optuna
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reports.records.record import Cut, EpochEnded, Record, SweepEnded, SweepStarted, TrialEnded, TrialStarted  # noqa: E402
from search_spaces.loading import load  # noqa: E402
from search_spaces.sampling import suggest  # noqa: E402
from tests.reports.sweeps import CLASSES, DOCUMENT, write_sweep  # noqa: E402

SMALL_TRIALS = 24  # of each of the many sweeps
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--disable-background-networking"]
WATCH = """
window.seen = {};
new MutationObserver(() => {
  if (!seen.first && document.querySelector(".js-plotly-plot .main-svg")) seen.first = performance.now();
  if (!seen.drawn && document.documentElement.dataset.drawn) seen.drawn = performance.now();
}).observe(document, { childList: true, subtree: true, attributes: true });
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=27)
    parser.add_argument("--sweeps", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--against", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        large, many = Path(scratch) / "large", Path(scratch) / "many"
        _write_large(large / "one", options.trials, options.epochs)
        for number in range(options.sweeps):
            write_sweep(many / f"sweep-{number:04d}", SMALL_TRIALS)
        if options.against is not None:
            for record in Path(scratch).glob("*/*/record.jsonl"):
                _as_before(record)
        commands = {
            f"report of {options.trials} x {options.epochs}": ["report", "one", "--storage", str(large)],
            f"show of {options.trials} x {options.epochs}": ["show", "one", "--storage", str(large)],
            f"ls of {options.sweeps} sweeps": ["ls", "--storage", str(many)],
        }
        table = Table(title="seconds of the processor, MB of memory; of the browser, seconds after it was told to open")
        checkouts = [ROOT] if options.against is None else [options.against.resolve(), ROOT]
        for title in ("", *map(str, checkouts)):
            table.add_column(title)
        for what, words in commands.items():
            table.add_row(what, *(_cost(checkout, words, options.runs) for checkout in checkouts))
        table.add_row("that report", *(_opened(checkout, large, options.runs) for checkout in checkouts))
    Console(width=160).print(table)


def _write_large(path: Path, trials: int, epochs: int) -> None:
    """A sweep of the seg_unet space, of which one trial in three passes each rung."""
    space = load("seg_unet", ["data.image_size=[96,128]", f"budget.trials={trials}", f"budget.max_epochs={epochs}"])
    folder = write_sweep(path, 0, ended=False, space=space.as_written())
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    drawn = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    record, clock = Record(folder.record_path), DOCUMENT["created"]
    os_fsync, os.fsync = os.fsync, lambda number: None  # a made-up record need not survive a power cut
    record.append(SweepStarted(time=clock, trials=trials, slots=2))
    rng, reached = random.Random(0), {rung: list[float]() for rung in space.budget.rungs()}
    for number in range(trials):
        values = suggest(space, drawn.ask()) if number else space.default()
        config = space.trial_config(values, 0).model_dump(mode="json")
        clock = _write_trial(record, f"{number:04d}", config, clock, rng, reached)
    record.append(SweepEnded(time=clock, reason="completed"))
    record.close()
    os.fsync = os_fsync


def _write_trial(
    record: Record,
    name: str,
    config: dict[str, Any],
    clock: float,
    rng: random.Random,
    reached: dict[int, list[float]],
) -> float:
    record.append(TrialStarted(time=clock, trial=name, config=config, node="laptop", slot=int(name) % 2))
    height = 0.5 - 0.05 * abs(math.log10(config["lr"] / 4e-3)) + 0.03 * config["skip"] + rng.gauss(0, 0.02)
    cut = None
    for epoch in range(1, config["epochs"] + 1):
        clock += 5
        value = height * (1 - 0.8**epoch) + rng.gauss(0, 0.005)
        metrics = {"val_miou": value, "train_loss": 1 - value, "val_loss": 1.1 - value, "train_eval_loss": 0.9 - value}
        metrics |= {"train_miou": 1.1 * value, "val_pixel_accuracy": value**0.5, "val_macro_jaccard": 0.9 * value}
        metrics |= {f"val_iou_{one}": value * (1 - 0.3 * place) for place, one in enumerate(CLASSES)}
        seconds = {"train": 4.0, "validate": 0.8, "checkpoint": 0.1, "other": 0.1}
        record.append(EpochEnded(time=clock, trial=name, epoch=epoch, metrics=metrics, seconds=seconds))
        if epoch in reached and int(name):
            bisect.insort(reached[epoch], -value)
            cutoff = -reached[epoch][max(0, len(reached[epoch]) // 3 - 1)]
            if value < cutoff:
                cut = Cut(rung=epoch, value=value, cutoff=cutoff, seen=len(reached[epoch]))
                break
    record.append(TrialEnded(time=clock, trial=name, reason="pruned" if cut else "completed", cut=cut))
    return clock


def _as_before(record: Path) -> None:
    """Without what an earlier checkout does not know: the number of the format, and values that are null."""
    whole = record.rename(record.with_suffix(".whole"))
    with whole.open() as lines, record.open("w") as kept:
        for line in map(json.loads, lines):
            kept.write(json.dumps({key: value for key, value in line.items() if key != "format" and value is not None}))
            kept.write("\n")
    whole.unlink()


def _command(checkout: Path, words: list[str]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    words = [sys.executable, "-m", "tune_jobs", *words]
    return subprocess.Popen(words, cwd=checkout, env=environment, stdout=subprocess.DEVNULL)


def _cost(checkout: Path, words: list[str], runs: int) -> str:
    """Least seconds of a command, and the most memory that it held."""
    times, memory = [], 0
    for _ in range(runs):
        process = _command(checkout, words)
        status_page = Path(f"/proc/{process.pid}/status")
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            memory = max(memory, _memory(status_page))
            time.sleep(0.05)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{checkout}: {' '.join(words)} ended with {status}")
        times.append(usage.ru_utime + usage.ru_stime)
    return f"{min(times):.1f} s, {memory / 1000:.0f} MB"


def _opened(checkout: Path, storage: Path, runs: int) -> str:
    """The size of the report that a checkout draws, and the least seconds until a browser has loaded it, shows its
    first figure, and shows them all."""
    _command(checkout, ["report", "one", "--storage", str(storage)]).wait()
    report = storage / "one" / "report.html"
    size = f"{report.stat().st_size / 1e6:.1f} MB"
    path = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)
    if path is None:
        return f"{size}; no Chromium here"
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=CHROMIUM) as browser:
        times = [_seconds_to_open(browser, report) for _ in range(runs)]
    loaded, first, drawn = (min(column) for column in zip(*times, strict=True))
    return f"{size}; loaded {loaded:.1f} s, first figure {first:.1f} s, all {drawn:.1f} s"


def _seconds_to_open(browser: Browser, report: Path) -> tuple[float, float, float]:
    page = browser.new_page()
    page.set_default_timeout(300_000)
    page.add_init_script(WATCH)
    page.goto(report.as_uri())
    page.wait_for_function("window.seen.drawn")
    seen = page.evaluate(
        "({...window.seen, loaded: performance.timing.loadEventEnd - performance.timing.navigationStart})"
    )
    page.close()
    return seen["loaded"] / 1000, seen["first"] / 1000, seen["drawn"] / 1000


def _memory(status_page: Path) -> int:
    """kB that a process held at most so far; what the kernel counts at its end includes this benchmark's own, of which
    it was forked."""
    peak = re.search(r"VmHWM:\s*(\d+)", status_page.read_text())
    return int(peak[1]) if peak else 0  # it is just ending


if __name__ == "__main__":
    main()
