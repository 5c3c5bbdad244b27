"""Seldom: what takes long to reckon over many trials is reckoned so often that it takes a twentieth of the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_REST = 20.0  # times as long as the last reckoning took


class Seldom(Generic[T]):
    """A value that is reckoned anew where enough time has passed, and at the first call."""

    def __init__(self, reckon: Callable[[], T]) -> None:
        self._reckon = reckon
        self._known: tuple[T] | None = None
        self._due = 0.0

    def __call__(self) -> T:
        began = time.monotonic()
        if self._known is None or began >= self._due:
            self._known = (self._reckon(),)
            ended = time.monotonic()
            self._due = ended + _REST * (ended - began)
        return self._known[0]
