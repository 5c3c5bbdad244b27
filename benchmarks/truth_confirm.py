"""Does what `tune confirm` says hold? Confirmations of made-up sweeps, so that the truly best candidate is known.

    python benchmarks/truth_confirm.py [--confirmations 1000] [--workers 2]

The choice of runs, the rule that ends them and the sets are the real ones; only the training is made up: a candidate's
run is its true value and a normal error. Candidates are the five that looked best of 24, after one run each.
"""

from __future__ import annotations

import argparse
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.replay.ours import spec_of  # noqa: E402
from benchmarks.truth import SPACE  # noqa: E402
from reports.analysis.confirmation import Verdicts, judge  # noqa: E402
from reports.records.spec import Confirmation, FixedTrial  # noqa: E402
from tune_jobs.confirm_options import ConfirmOptions  # noqa: E402
from tune_jobs.search.confirmation_trials import ConfirmationTrials  # noqa: E402
from tune_jobs.search.wait import WAIT  # noqa: E402

TRIALS = 24
ASKED = ConfirmOptions()
SPREADS = (0.005, 0.01, 0.02)  # of a seed
APART = (1.0, 3.0, 6.0)  # spread of the configurations' true values, in spreads of a seed


@dataclass(frozen=True)
class Found:
    """One confirmation, against the truth."""

    decided: bool
    right: bool  # the winner is the best of the candidates, or within the indifference of it
    best_in_set: bool  # the truly best is the winner, or said not to be told from it
    covered: bool  # the winner's interval holds its true mean
    difference_covered: bool  # so does that of its difference to the default
    runs: int


def confirmed(spread: float, apart: float, workers: int, rng: np.random.Generator) -> Found:
    """One sweep, and its confirmation by so many workers."""
    true = 0.6 + apart * spread * rng.standard_normal(TRIALS)
    seen = true + spread * rng.standard_normal(TRIALS)
    chosen = np.argsort(-seen)[: ASKED.top]
    truth = {f"{number:04d}": float(true[number]) for number in [*chosen, 0]}
    arms = [FixedTrial(label=name, config={"lr": float(place), "seed": 0}) for place, name in enumerate(truth)]
    reference = arms.pop() if 0 not in chosen else None
    question = Confirmation(
        of="s",
        candidates=tuple(arms),
        reference=reference,
        runs=ASKED.top * ASKED.seeds,
        indifference=ASKED.indifference_of(SPACE.objective.metric),
    )
    spec = spec_of(SPACE, {}, int(rng.integers(2**31))).model_copy(update={"confirmation": question})
    trials = ConfirmationTrials(spec, [])
    names = {arm.config["lr"]: arm.label for arm in question.arms}
    values: dict[str, list[float | None]] = {name: [] for name in names.values()}
    running: deque[tuple[str, str, float]] = deque()
    for number in range(question.runs):
        if len(running) == workers:
            _end(running, trials, values)
        config = trials.ask(f"{number:04d}")
        while config == WAIT:
            _end(running, trials, values)
            config = trials.ask(f"{number:04d}")
        if config is None:
            break
        name = names[config["lr"]]
        running.append((f"{number:04d}", name, truth[name] + spread * float(rng.standard_normal())))
    while running:
        _end(running, trials, values)
    found = judge(values, question, "max")
    assert found is not None
    return _against_the_truth(found, truth, {arm.label for arm in question.candidates})


def _end(
    running: deque[tuple[str, str, float]], trials: ConfirmationTrials, values: dict[str, list[float | None]]
) -> None:
    trial, name, value = running.popleft()
    values[name].append(value)
    trials.tell(trial, "completed", (value,), {})


def _against_the_truth(found: Verdicts, truth: dict[str, float], candidates: set[str]) -> Found:
    winner = found.winner
    best = max(candidates, key=truth.__getitem__)
    other = found.reference or found.rows[-1]
    difference = found.against(other)
    assert winner.mean is not None
    assert difference is not None
    return Found(
        decided=found.decided,
        right=truth[winner.trial] >= truth[best] - found.indifference,
        best_in_set=best in {winner.trial, *(row.trial for row in found.tied)},
        covered=abs(winner.mean - truth[winner.trial]) <= winner.half_width,
        difference_covered=difference.low <= truth[winner.trial] - truth[other.trial] <= difference.high,
        runs=found.runs,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--confirmations", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2, help="runs at once")
    given = parser.parse_args()
    columns = ("decided", "right if decided", "right", "best in set", "mean covered", "difference covered", "runs")
    table = Table("seed's spread", "apart", *columns, title=f"{given.confirmations} confirmations a row")
    for spread in SPREADS:
        for apart in APART:
            rng = np.random.default_rng(0)
            all_ = [
                confirmed(spread, apart, given.workers, rng)
                for _ in track(range(given.confirmations), f"{spread} {apart}", transient=True)
            ]
            decided = [one for one in all_ if one.decided]
            shares = [len(decided) / len(all_), np.mean([one.right for one in decided]) if decided else float("nan")]
            shares += [
                np.mean([getattr(one, name) for one in all_])
                for name in ("right", "best_in_set", "covered", "difference_covered")
            ]
            runs = np.mean([one.runs for one in all_])
            table.add_row(f"{spread:g}", f"{apart:g}", *(f"{share:.1%}" for share in shares), f"{runs:.1f}")
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
