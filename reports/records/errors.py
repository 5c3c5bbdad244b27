"""Errors of a sweep that a user can mend."""

from cnnmodels.errors import UserError


class SweepError(UserError):
    """A sweep is missing, or cannot be started, read, resumed or stopped as wished."""


class DamagedError(SweepError):
    """A file of a sweep does not hold what it should, or may not be read (then a PermissionError caused it)."""


class NewerError(DamagedError):
    """A file of a sweep was written by a newer version, and this one can make nothing of it."""


class GoneError(SweepError):
    """A sweep was there, and was removed while it was read."""


class RecordError(UserError):
    """The record is damaged in its middle, where no crash of ours can have torn it; or it may not be read."""
