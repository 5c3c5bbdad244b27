"""The 24 trials as Optuna's documentation runs them in parallel: processes that share a study by its storage."""

import multiprocessing
import sys
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from benchmarks.workload import CHOICES, SLOTS, configurations, train

cache, log, results = (Path(word) for word in sys.argv[1:4])


def objective(trial):
    values = {name: trial.suggest_categorical(name, choices) for name, choices in CHOICES.items()}
    for epoch, miou in enumerate(train(values, cache, log), start=1):
        trial.report(miou, epoch)
    return miou


def work():
    storage = JournalStorage(JournalFileBackend(str(results / "study.journal")))
    study = optuna.load_study(study_name="study", storage=storage)
    study.optimize(objective, n_trials=len(configurations()) // SLOTS)


if __name__ == "__main__":
    results.mkdir(parents=True)
    storage = JournalStorage(JournalFileBackend(str(results / "study.journal")))
    study = optuna.create_study(study_name="study", storage=storage, direction="maximize")
    for values in configurations():
        study.enqueue_trial(values)
    workers = [multiprocessing.get_context("spawn").Process(target=work) for _ in range(SLOTS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(len(study.trials), "trials")
