"""Errors of a sweep that a user can mend, and the exit codes of the command."""

from cnnmodels.errors import UserError

EXIT_BAD_INPUT = 2
EXIT_NOTHING_SUCCEEDED = 3
EXIT_PAUSED = 4
EXIT_SIGINT = 130
EXIT_SIGTERM = 143


class SweepError(UserError):
    """A sweep cannot be started, resumed or stopped as asked."""
