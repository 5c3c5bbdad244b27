"""The one error of this room."""

from cnnmodels.errors import UserError


class SpaceError(UserError):
    """A search-space file (or a `--set` over it) cannot be run; the text names file, key, value and rule."""
