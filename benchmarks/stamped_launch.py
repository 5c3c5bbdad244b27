"""`tune launch` that writes down when it said what, for timeline.py; any checkout that PYTHONPATH names.

python benchmarks/stamped_launch.py STAMPS.json launch SPACE ...
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_stamps: dict[str, float] = {}


def main() -> None:
    file = Path(sys.argv.pop(1))
    from tune_jobs.cli.main import main as run
    from tune_jobs.cli.targets import ThisMachine

    _stamps["command imported"] = time.time()
    ThisMachine._progress = _progress
    try:
        run()
    finally:
        file.write_text(json.dumps(_stamps))


def _progress(target: Any, terminal: Any) -> Any:
    from tune_jobs.progress import TerminalProgress

    class Stamped(TerminalProgress):
        def say(self, text: str) -> None:
            _stamps.setdefault(text.partition(":")[0], time.time())
            super().say(text)

        @contextlib.contextmanager
        def doing(self, what: str) -> Iterator[None]:
            _stamps[what] = time.time()
            with super().doing(what):
                yield
            _stamps[f"{what}: done"] = time.time()

        def watch(self, spec: Any) -> Any:
            shown = super().watch(spec)

            @contextlib.contextmanager
            def watched(*state: Any) -> Iterator[None]:
                _stamps["watched"] = time.time()
                with shown(*state):
                    yield

            return watched

    return Stamped(terminal)


if __name__ == "__main__":
    main()
