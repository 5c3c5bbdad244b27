"""Calls that fail or hang keep nobody waiting, and it is said what became of them."""

import threading

from tests.tune_jobs.sweeps import PATIENCE, wait_until
from tune_jobs.search.background import Background


def test_calls_are_made_in_their_order_and_all_before_the_end():
    made, beside = [], Background("b", limit=PATIENCE)
    for number in range(100):
        beside.ask(lambda number=number: made.append(number))
    assert beside.close(PATIENCE) is None
    assert made == list(range(100))


def test_behind_one_that_fails_none_is_made():
    made, beside = [], Background("b", limit=PATIENCE)
    beside.ask(lambda: 1 / 0)
    beside.ask(lambda: made.append(1))
    wait_until(lambda: beside.trouble is not None)
    assert beside.trouble == beside.close(PATIENCE) == "ZeroDivisionError: division by zero"
    assert not made


def test_one_that_hangs_is_given_up_and_keeps_nobody_waiting():
    released, beside = threading.Event(), Background("b", limit=0.2)
    beside.ask(released.wait)
    wait_until(lambda: beside.trouble is not None)
    assert beside.trouble == "no answer for 0 s"
    assert beside.close(PATIENCE) is not None
    released.set()


def test_what_is_not_done_at_the_end_is_said():
    released, beside = threading.Event(), Background("b", limit=PATIENCE)
    beside.ask(released.wait)
    assert beside.close(0.1) == "it had not taken everything 0 s after the end"
    released.set()
