"""`tune serve` in a process of its own, for tests."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

ODD_NAME = "a\"b<i>'ü雨 ..&"  # of a folder that somebody renamed


@contextlib.contextmanager
def served(storage: Path, *words: str, token: str | None = None, host: str = "127.0.0.1"):
    """The address of a server over a folder while the block runs."""
    environment = {key: value for key, value in os.environ.items() if key != "CNN_TUNE_TOKEN"}
    if token is not None:
        environment["CNN_TUNE_TOKEN"] = token
    process = subprocess.Popen(
        [sys.executable, "-m", "tune_jobs", "serve", str(storage), "--port", "0", "--host", host, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"at (http://\S+)/ ", line)
        assert found, line + process.stdout.read()
        yield found[1].replace("0.0.0.0", "127.0.0.1")
    finally:
        process.terminate()
        process.communicate(timeout=20)


def ask(address: str, method: str = "GET", **headers: str) -> tuple[int, str, dict[str, str]]:
    """Status, text and headers of an answer."""
    request = urllib.request.Request(address, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode("utf-8", "replace"), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode("utf-8", "replace"), dict(error.headers)
