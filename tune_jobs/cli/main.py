"""The `tune` command: its verbs, and what becomes of an error."""

from __future__ import annotations

import gc
import os
import sys

from tune_jobs.cli import run_commands

# isort: split
from tune_jobs.cli import use_commands

# isort: split
from tune_jobs.cli import view_commands

# isort: split
from tune_jobs.cli import manage_commands
from tune_jobs.cli.app import app
from tune_jobs.cli.origins import with_origins
from tune_jobs.cli.streams import make_streams_last, printable

__all__ = ["app", "main", "manage_commands", "run_commands", "use_commands", "view_commands"]


def main() -> None:
    """The command's entry point: an error that a user can mend is one line and exit code 2, a bug shows itself."""
    make_streams_last()
    os.umask(0o077)  # sweeps and caches are their owner's
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if not _is_for_people(error):
            raise
        from tune_jobs.redaction import redacted

        sys.stderr.write(f"tune: {printable(redacted(with_origins(str(error), sys.argv[1:])))}\n")
        sys.exit(2)
    finally:
        if "torch" not in sys.modules:  # parts of it report at the end what they find not collected
            gc.freeze()  # Python would look through all that is left before it ends, which keeps the prompt waiting


def _is_for_people(error: Exception) -> bool:
    from cnnmodels.errors import UserError
    from reports.records.errors import RecordError, SweepError

    return isinstance(error, UserError | RecordError | SweepError | PermissionError)
