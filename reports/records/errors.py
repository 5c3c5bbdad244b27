"""Errors of a sweep that a user can mend."""

from cnnmodels.errors import UserError


class SweepError(UserError):
    """A sweep is missing, or cannot be started, read, resumed or stopped as wished."""


class DamagedError(SweepError):
    """A file of a sweep does not hold what it should."""


class RecordError(UserError):
    """The record is damaged in its middle, where no crash of ours can have torn it."""
