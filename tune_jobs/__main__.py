"""`python -m tune_jobs`, for where another package owns the `tune` command."""

from tune_jobs.cli.main import main

if __name__ == "__main__":
    main()
