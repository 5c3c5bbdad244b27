"""Search-space files: what may vary in a sweep, checked when the file is read, sampled with Optuna."""
