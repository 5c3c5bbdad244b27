"""Where a value that nobody typed came from: a message names the environment variable, not an option."""

from __future__ import annotations

import os
from collections.abc import Sequence

VARIABLES = {"--address": "RAY_ADDRESS", "--storage": "CNN_TUNE_STORAGE", "--submit": "CNN_TUNE_SUBMIT"}


def with_origins(message: str, words: Sequence[str]) -> str:
    """A message in which a value of the environment is called by its variable, unless one of the words gives it."""
    for option, variable in VARIABLES.items():
        value = os.environ.get(variable)
        typed = any(word == option or word.startswith(f"{option}=") for word in words)
        if value and value in message and not typed:
            message = message.replace(f"{option} {value}", f"{variable}={value}")
            message += f" ({variable} is set in the environment; unset it, or give {option})"
    return message
