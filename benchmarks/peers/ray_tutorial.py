"""The 24 trials as Ray Tune's own tutorial writes them: a function, `tune.report`, a Tuner with its defaults."""

import sys
from pathlib import Path

import ray
from ray import tune

from benchmarks.workload import CHOICES, SLOTS, train

cache, log, results = (Path(word) for word in sys.argv[1:4])


def objective(config):
    for miou in train(config, cache, log):
        tune.report({"val_miou": miou})


if __name__ == "__main__":
    ray.init(num_cpus=SLOTS, include_dashboard=False)
    tuner = tune.Tuner(
        tune.with_resources(objective, {"cpu": 1}),
        param_space={name: tune.grid_search(values) for name, values in CHOICES.items()},
        tune_config=tune.TuneConfig(metric="val_miou", mode="max"),
        run_config=tune.RunConfig(name="tutorial", storage_path=str(results)),
    )
    print(len(tuner.fit()), "trials")
