"""What 50 readers of `tune serve` cost the sweep that they watch: the same sweep alone and beside them, in turns.

Run: python benchmarks/readers.py [--rounds 3]. The readers ask as a browser's page does, every 1.5 s. They run on the
same machine with the least priority, so that what is measured is the server, as when they look from laptops.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reports.records.folder import SweepFolder  # noqa: E402
from tests.tune_jobs.readers import Readers  # noqa: E402
from tests.tune_jobs.sweeps import SLOW, finish, launch_words, tune  # noqa: E402

READERS = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    alone, watched = [], []
    with tempfile.TemporaryDirectory() as scratch:
        storage = Path(scratch)
        for number in range(rounds):
            alone.append(_training_seconds(storage, f"alone-{number}"))
            name = f"watched-{number}"
            server = tune("serve", str(storage), "--port", "0", storage=storage, cache=storage / "cache")
            readers = Readers(re.search(r"http://\S+/", server.stdout.readline())[0], name, READERS)
            watched.append(_training_seconds(storage, name))
            readers.close()
            server.terminate()
            server.communicate()
    table = Table(title=f"12 trials of at most 4 epochs, median of {rounds} rounds")
    for title in ("", "seconds of training", "against alone"):
        table.add_column(title)
    for what, seconds in (("alone", alone), (f"beside {READERS} readers", watched)):
        middle = statistics.median(seconds)
        table.add_row(what, f"{middle:.1f}", f"{middle / statistics.median(alone) - 1:+.0%}")
    Console(width=100).print(table)


def _training_seconds(storage: Path, name: str) -> float:
    """From the first epoch's end to the last one's."""
    words = launch_words(name, [*SLOW, "budget.trials=12", "budget.reduction_factor=null"])
    process: subprocess.Popen[str] = tune(*words, storage=storage, cache=storage / "cache")
    finish(process)
    times = [event.time for event in SweepFolder(storage / name).state().epochs_in_order()]
    return max(times) - min(times)


if __name__ == "__main__":
    main()
