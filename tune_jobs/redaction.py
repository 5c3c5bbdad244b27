"""Secrets belong in the environment: they are kept out of what is written and shown."""

from __future__ import annotations

import os
import re
import urllib.parse

from search_spaces.loading import SECRET

_HIDDEN = "***"
_USER_OF_URL = re.compile(r"(?<=://)[^/\s]+(?=@)")
_ARGUMENT_OF_URL = re.compile(r"(?<=[?&])([^=&\s]+)=([^&\s'\"]+)")
_NO_SECRETS = ("/", "~", "file:")  # places where a secret lies, or $PWD
_SHORTEST = 8  # of a variable's value; shorter ones stand in harmless text as well


def redacted(text: str) -> str:
    """A text without what the environment keeps secret, and without the users, passwords and tokens of URLs."""
    text = _USER_OF_URL.sub(_HIDDEN, text)
    text = _ARGUMENT_OF_URL.sub(lambda found: f"{found[1]}={_HIDDEN}" if is_secret(found[1]) else found[0], text)
    for name, value in os.environ.items():
        if is_secret(name) and len(value) >= _SHORTEST and not value.startswith(_NO_SECRETS):
            text = text.replace(value, _HIDDEN)
    return text


def is_secret(name: str) -> bool:
    """Whether what has such a name is to be kept secret."""
    return SECRET.search(name) is not None


def secret_in(uri: str) -> bool:
    """Whether a URI tells a secret."""
    parts = urllib.parse.urlsplit(uri)
    return "@" in parts.netloc or any(is_secret(name) for name in urllib.parse.parse_qs(parts.query))
