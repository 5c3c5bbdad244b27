"""A soak: one sweep on a cluster of three raylets, while workers, nodes and the driver are killed at random.

Run: python benchmarks/soak.py [--minutes 20] [--seed 0]. It resumes the sweep whenever its driver was killed, and ends
with the rule: every trial that was asked for is in the record exactly once, and nothing that had ended has changed.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reports.sweep_folder import SweepFolder  # noqa: E402
from tests.tune_jobs.raylets import Raylets  # noqa: E402
from tests.tune_jobs.sweeps import SLOW, launch_words, nothing_lost, tune, workers_of  # noqa: E402

TRIALS_A_MINUTE = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    chance, console, killed = random.Random(asked.seed), Console(width=120), Counter()
    trials = max(8, int(asked.minutes * TRIALS_A_MINUTE))
    with tempfile.TemporaryDirectory() as scratch:
        storage, raylets = Path(scratch), Raylets(workers=2, head_cpus=0)
        folder, nodes = SweepFolder(storage / "soak"), 2
        words = [*launch_words("soak", SLOW), "--trials", str(trials), "--address", raylets.address]
        process = tune(*words, storage=storage, cache=storage / "cache")
        deadline, before = time.monotonic() + 60 * asked.minutes, None
        try:
            while process.poll() is None or len(folder.state().finished) < trials:
                if process.poll() is not None:
                    resume = ["resume", "soak", "--trials", str(trials), "--address", raylets.address]
                    process.stdout.close()
                    process = tune(*resume, storage=storage, cache=storage / "cache")
                time.sleep(chance.uniform(4, 12))
                before = folder.state() if folder.record_path.exists() else before
                if time.monotonic() > deadline or process.poll() is not None:
                    continue  # let it finish
                what = chance.choices(["worker", "node", "driver"], [6, 2, 2])[0]
                if what == "worker" and (workers := workers_of(process)):
                    chance.choice(workers).kill()
                elif what == "node":
                    (raylets.remove if nodes > 1 else raylets.add)()
                    nodes += -1 if nodes > 1 else 1
                elif what == "driver":
                    process.kill()
                    process.wait()
                else:
                    continue
                killed[what] += 1
                done = len(folder.state().finished) if folder.record_path.exists() else 0
                console.print(f"{what:6} killed; {done} of {trials} trials done", highlight=False)
        finally:
            process.kill()
            process.wait()
            raylets.close()
        nothing_lost(before or folder.state(), folder, asked=trials)
        reasons = Counter(trial.reason for trial in folder.state().trials.values())
        console.print(f"{trials} trials, each in the record exactly once: {dict(reasons)}; killed: {dict(killed)}")


if __name__ == "__main__":
    main()
