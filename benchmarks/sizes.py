"""What looking at large sweeps costs: the report and `show` of one of many trials, and `ls` of many sweeps.

Run: python benchmarks/sizes.py [--trials 5000] [--epochs 27] [--sweeps 1000] [--runs 3] [--against DIR]. Each command
is a process of its own; seconds are of the processor (the least of the runs), memory is the most that it held. With
--against the same files are given to another checkout as well, in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reports.records.record import EpochEnded, Record, SweepEnded, SweepStarted, TrialEnded, TrialStarted  # noqa: E402
from tests.reports.sweeps import CLASSES, DEFAULTS, DOCUMENT, write_sweep  # noqa: E402

SMALL_TRIALS = 24  # of each of the many sweeps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=5000)
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
        table = Table(title="seconds of the processor, MB of memory; MB of the report")
        report = large / "one" / "report.html"
        checkouts = [ROOT] if options.against is None else [options.against.resolve(), ROOT]
        for title in ("", *map(str, checkouts)):
            table.add_column(title)
        for what, words in commands.items():
            table.add_row(what, *(_cost(checkout, words, report, options.runs) for checkout in checkouts))
    Console(width=160).print(table)


def _write_large(path: Path, trials: int, epochs: int) -> None:
    """Every trial runs to its end, as where nothing is pruned."""
    budget = {"trials": trials, "max_epochs": epochs, "grace_epochs": max(1, epochs // 3), "reduction_factor": 3}
    space = {**DOCUMENT["space"], "budget": {**budget, "patience": None}}
    folder = write_sweep(path, 0, ended=False, space=space)
    record, clock = Record(folder.record_path), DOCUMENT["created"]
    os_fsync, os.fsync = os.fsync, lambda number: None  # a made-up record need not survive a power cut
    record.append(SweepStarted(time=clock, trials=trials, slots=2))
    for number in range(trials):
        name, share = f"{number:04d}", (number * 7919 % 1000) / 1000
        lr, optimizer = 10 ** (-4 + 2 * share), ("adam", "sgd")[number % 2]
        config = {**DEFAULTS, "lr": lr, "optimizer": optimizer, "skip": number % 4 != 0, "epochs": epochs}
        record.append(TrialStarted(time=clock, trial=name, config=config, node="laptop", slot=number % 2))
        for epoch in range(1, epochs + 1):
            clock += 5
            value = (0.5 - 0.1 * abs(share - 0.6)) * (1 - 0.8**epoch)
            metrics = {"val_miou": value, "train_loss": 1 - value, "val_loss": 1.1 - value}
            metrics |= {f"val_iou_{one}": value * (1 - 0.3 * place) for place, one in enumerate(CLASSES)}
            seconds = {"train": 4.0, "validate": 0.8, "checkpoint": 0.1, "other": 0.1}
            record.append(EpochEnded(time=clock, trial=name, epoch=epoch, metrics=metrics, seconds=seconds))
        record.append(TrialEnded(time=clock, trial=name, reason="completed"))
    record.append(SweepEnded(time=clock, reason="completed"))
    record.close()
    os.fsync = os_fsync


def _as_before(record: Path) -> None:
    """Without what an earlier checkout does not know: the number of the format, and values that are null."""
    whole = record.rename(record.with_suffix(".whole"))
    with whole.open() as lines, record.open("w") as kept:
        for line in map(json.loads, lines):
            kept.write(json.dumps({key: value for key, value in line.items() if key != "format" and value is not None}))
            kept.write("\n")
    whole.unlink()


def _cost(checkout: Path, words: list[str], report: Path, runs: int) -> str:
    """Least seconds of a command, the most memory that it held, and the size of the report if it writes one."""
    times, memory = [], 0
    for _ in range(runs):
        process = subprocess.Popen(
            [sys.executable, "-m", "tune_jobs", *words],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout)},
            stdout=subprocess.DEVNULL,
        )
        status_page = Path(f"/proc/{process.pid}/status")
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            memory = max(memory, _memory(status_page))
            time.sleep(0.05)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{checkout}: {' '.join(words)} ended with {status}")
        times.append(usage.ru_utime + usage.ru_stime)
    size = f", report {report.stat().st_size / 1e6:.1f} MB" if words[0] == "report" else ""
    return f"{min(times):.1f} s, {memory / 1000:.0f} MB{size}"


def _memory(status_page: Path) -> int:
    """kB that a process held at most so far; what the kernel counts at its end includes this benchmark's own, of which
    it was forked."""
    peak = re.search(r"VmHWM:\s*(\d+)", status_page.read_text())
    return int(peak[1]) if peak else 0  # it is just ending


if __name__ == "__main__":
    main()
