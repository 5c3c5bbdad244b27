"""Errors that a user can mend. The command line prints their text alone, without a traceback."""


class UserError(Exception):
    """Something that the user gave cannot work; the text says where, what was seen, the rule and the next step."""


class ConfigError(UserError):
    """A knob has a value that no training run understands."""


class DataError(UserError):
    """Images or masks are missing, broken or contradictory."""


class CheckpointError(UserError):
    """A checkpoint is missing, cut short or from another network."""


class CompileError(UserError):
    """torch.compile cannot make a program of a network."""


class ExportError(UserError):
    """A network cannot leave for other programs."""
