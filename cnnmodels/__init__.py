"""Networks, data and the training run. Knows torch; knows nothing of Ray, Optuna or reports."""
