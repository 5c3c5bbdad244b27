"""What a sampler answers that cannot say yet whether there is another trial."""

from __future__ import annotations

from typing import Final, Literal

Wait = Literal["wait"]
WAIT: Final = "wait"
