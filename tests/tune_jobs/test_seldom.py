"""Reckonings that would take too much of the time."""

import time

from tune_jobs.seldom import Seldom


def test_what_takes_a_second_is_reckoned_anew_after_twenty(monkeypatch):
    now, reckoned = [100.0], []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def reckon():
        now[0] += 1.0
        reckoned.append(now[0])
        return len(reckoned)

    value = Seldom(reckon)
    assert [value(), value()] == [1, 1]
    now[0] += 19.9
    assert value() == 1
    now[0] += 0.1
    assert value() == 2


def test_what_takes_no_time_is_always_new(monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    values = iter(range(2))
    value = Seldom(lambda: next(values))
    assert [value(), value()] == [0, 1]
