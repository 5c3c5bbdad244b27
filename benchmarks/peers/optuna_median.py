"""A study as Optuna's documentation writes it: its TPE, its median pruner, processes that share a file, a time limit.

    python -m benchmarks.peers.optuna_median SPACE.json RESULTS --seconds 120 --processes 2

The space is one of ours, as JSON; it prints the best trial's configuration as JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from search_spaces.schema import SearchSpace


def objective(trial: optuna.Trial, space: SearchSpace, cache: Path, ends: float) -> float:
    from cnnmodels.data import load
    from cnnmodels.training import fit
    from search_spaces.sampling import suggest

    config = space.trial_config(suggest(space, trial), seed=0)
    trial.set_user_attr("config", config.model_dump(mode="json"))
    metric, best = space.objective.metric, None
    for result in fit(config, load(space.data, cache, space.task)):
        if result.checkpoint is None or time.time() > ends:
            raise optuna.TrialPruned
        value = result.metrics[metric]
        best = value if best is None else max(best, value)
        trial.report(value, result.epoch)
        if trial.should_prune():
            raise optuna.TrialPruned
    assert best is not None
    return best


def work(space: SearchSpace, results: Path, cache: Path, ends: float, number: int) -> None:
    import torch

    torch.set_num_threads(1)
    study = optuna.load_study(
        study_name="study",
        storage=storage_of(results),
        sampler=optuna.samplers.TPESampler(seed=number),
        pruner=optuna.pruners.MedianPruner(),
    )
    while time.time() < ends:
        study.optimize(lambda trial: objective(trial, space, cache, ends), n_trials=1)


def storage_of(results: Path) -> JournalStorage:
    return JournalStorage(JournalFileBackend(str(results / "study.journal")))


def best_of(results: Path) -> dict[str, Any]:
    """The configuration of the best trial; of a study in which none came to its end, of the best value reported."""
    trials = optuna.load_study(study_name="study", storage=storage_of(results)).trials
    reached = [one for one in trials if one.intermediate_values]
    best: dict[str, Any] = max(reached, key=lambda one: max(one.intermediate_values.values())).user_attrs["config"]
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("space", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--cache", type=Path, required=True)
    given = parser.parse_args()
    ends = time.time() + given.seconds
    given.results.mkdir(parents=True)
    optuna.create_study(study_name="study", storage=storage_of(given.results), direction="maximize")
    space = SearchSpace.model_validate_json(given.space.read_text())
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=work, args=(space, given.results, given.cache, ends, number))
        for number in range(given.processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(json.dumps(best_of(given.results)))


if __name__ == "__main__":
    main()
