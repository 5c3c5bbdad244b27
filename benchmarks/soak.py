"""A soak: one sweep on a cluster of three raylets, while all that it runs on is killed at random: workers, nodes, the
driver (also by SIGTERM to its whole group), the raylets without their workers, and the whole cluster with its head; and
while its images are moved away for a minute, with all that was decoded of them.

Run: python benchmarks/soak.py [--minutes 20] [--seed 0]. It resumes the sweep whenever its driver was killed, and ends
with the rule: every trial that was asked for is in the record exactly once, and nothing that had ended has changed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reports.records.folder import SweepFolder  # noqa: E402
from reports.records.state import SweepState  # noqa: E402
from tests.tune_jobs.raylets import Raylets  # noqa: E402
from tests.tune_jobs.sweeps import SLOW, launch_words, nothing_lost, workers_of  # noqa: E402

TRIALS_A_MINUTE = 8
DANGERS = {
    "worker": 6,
    "node": 2,
    "driver": 2,
    "group": 1,
    "raylets": 1,
    "head": 1,
    "data": 1,
}  # how often, of each other


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    trials = max(8, int(options.minutes * TRIALS_A_MINUTE))
    with tempfile.TemporaryDirectory() as scratch:
        soak = Soak(Path(scratch), trials, random.Random(options.seed))
        try:
            soak.run(until=time.monotonic() + 60 * options.minutes)
        finally:
            soak.close()
        nothing_lost(soak.before, soak.folder, requested=trials)
        reasons = Counter(trial.reason for trial in soak.folder.state().trials.values())
        lines = soak.folder.record_path.read_text().count('"event":"epoch"')
        epochs = len(soak.folder.state().epochs_in_order())
    say(f"{trials} trials, each in the record exactly once: {dict(reasons)}; killed: {dict(soak.killed)}")
    say(f"{epochs} epochs, {lines - epochs} of them recorded twice")


class Soak:
    """A sweep on a cluster, and what befalls it."""

    def __init__(self, storage: Path, trials: int, chance: random.Random) -> None:
        self._storage, self._trials, self._chance = storage, trials, chance
        self._raylets, self._nodes = Raylets(workers=2, head_cpus=0), 2
        self.folder, self.killed = SweepFolder(storage / "soak"), Counter()
        self._photos = storage / "photos"
        _write_photos(self._photos)
        overrides = [one for one in SLOW if not one.startswith("data.images")]
        self._driver = self._start(*launch_words("soak", overrides), "--data", str(self._photos))
        self.before = SweepState()

    def run(self, until: float) -> None:
        """Kill until then, then let it finish."""
        while self._driver.poll() is None or len(self.folder.state().finished) < self._trials:
            if self._driver.poll() is not None:
                self._driver = self._start("resume", "soak")
            time.sleep(self._chance.uniform(4, 12))
            if not self.folder.record_path.exists() or time.monotonic() > until:
                continue
            self.before = self.folder.state()
            self._kill(self._chance.choices([*DANGERS], [*DANGERS.values()])[0])

    def close(self) -> None:
        self._driver.kill()
        self._driver.wait()
        self._raylets.close()

    def _kill(self, what: str) -> None:
        if what == "worker":
            workers = workers_of(self._raylets)
            if not workers:
                return
            self._chance.choice(workers).kill()
        elif what == "driver":
            self._driver.kill()
            self._driver.wait()
        elif what == "group":
            os.killpg(self._driver.pid, signal.SIGTERM)
            self._driver.wait()
        elif what == "raylets":
            self._raylets.kill_raylets()
            self._join_until_two(0)
        elif what == "head":
            self._raylets.kill_head()
            self._driver.wait()  # it says so and ends
            self._raylets, self._nodes = Raylets(workers=2, head_cpus=0), 2
        elif what == "data":
            self._without_data()
        elif self._nodes > 1:
            self._raylets.remove()
            self._nodes -= 1
        else:
            self._join_until_two(self._nodes)
            return
        self.killed[what] += 1
        say(f"{what:7} killed; {len(self.before.finished)} of {self._trials} trials done")

    def _without_data(self) -> None:
        """Workers begin anew while there are no images; the sweep may pause for that."""
        away = self._photos.with_name("away")
        self._photos.rename(away)
        shutil.rmtree(self._storage / "cache", ignore_errors=True)
        for worker in workers_of(self._raylets):
            worker.kill()
        with suppress(subprocess.TimeoutExpired):
            self._driver.wait(60)
        away.rename(self._photos)

    def _join_until_two(self, left: int) -> None:
        for _ in range(left, 2):
            self._raylets.add()
        self._nodes = 2

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "CNN_TUNE_STORAGE": str(self._storage)}
        environment |= {"CNN_TUNE_CACHE": str(self._storage / "cache")}
        where = ["--trials", str(self._trials), "--address", self._raylets.address]
        with (self._storage / "log").open("ab") as log:
            command = [sys.executable, "-m", "tune_jobs", *words, *where]
            return subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=ROOT, process_group=0)


def _write_photos(folder: Path) -> None:
    """Noise with masks of two classes, in CamVid's layout."""
    rng = np.random.default_rng(0)
    for split, images in (("train", 160), ("val", 40)):
        for part, shape, below in ((split, (48, 64, 3), 256), (f"{split}annot", (48, 64), 2)):
            (folder / part).mkdir(parents=True)
            for number in range(images):
                pixels = rng.integers(0, below, shape, dtype=np.uint8)
                Image.fromarray(pixels).save(folder / part / f"{number:03d}.png")


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
