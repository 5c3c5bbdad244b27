"""Stands in for an agent of Ray's that nobody asks anything: it lives as long as its raylet, and does nothing.

A raylet ends when it has no agents. It runs this file by its path, so that it starts in no time and imports nothing.
"""

import os
import time

_LOOKS_SECONDS = 1.0

if __name__ == "__main__":
    raylet = os.getppid()
    while os.getppid() == raylet:
        time.sleep(_LOOKS_SECONDS)
