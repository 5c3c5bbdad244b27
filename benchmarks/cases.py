"""Image folders as people have them: what cnn-tune makes of each, beside what a person rightly expects.

    python benchmarks/cases.py [WORD]

Draws every folder itself; with a word, only the cases whose names hold it. Ends with 1 where a case is not right.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.image_cases import CASES, outcome_of  # noqa: E402

_WIDTH = 150


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("word", nargs="?", default="")
    word = parser.parse_args().word
    wrong = 0
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)  # pycocotools and NumPy 2
    chosen = [case for case in CASES if word in case.name]
    for case in chosen:
        with tempfile.TemporaryDirectory() as folder:
            try:
                got = outcome_of(case, Path(folder))
                right, shown = case.right(got), str(got)
            except Exception as error:  # a case is there to find such
                right, shown = False, f"{type(error).__name__}: {error}"
        wrong += not right
        shown = shown if len(shown) <= _WIDTH or not right else shown[: _WIDTH - 3] + "..."
        print(
            f"{'right' if right else 'WRONG'}  {case.name}\n       expected: {case.expected}\n       got:      {shown}"
        )
    print(f"{len(chosen) - wrong} of {len(chosen)} right")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
