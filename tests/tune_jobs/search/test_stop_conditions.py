"""Signals ask a sweep to end; the disk, the clock and others are asked between two steps."""

import os
import signal

import pytest

from reports.records.folder import SweepFolder
from tune_jobs.search.stop_conditions import StopConditions


@pytest.fixture
def conditions(tmp_path):
    (tmp_path / "sweep.json").write_text("{}")
    return StopConditions(SweepFolder(tmp_path), None, lambda: None, lambda: None)


@pytest.fixture
def kept():
    """The handlers of this process stand again behind the test."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("number", "reason"), [(signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGTERM")]
)
def test_a_signal_is_a_request_and_a_closed_terminal_one_like_sigterm(conditions, number, reason):
    heard = []
    signal.signal(number, lambda *_: heard.append(number))
    with conditions.on_signals():
        os.kill(os.getpid(), number)
        assert conditions.reason() == reason
        assert heard == []
        os.kill(os.getpid(), number)
        assert heard == [number], "a second one acts as before"


@pytest.mark.usefixtures("kept")
def test_a_control_c_counts_in_a_command_that_a_script_has_started_in_the_background(conditions):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with conditions.on_signals():
        os.kill(os.getpid(), signal.SIGINT)
        assert conditions.reason() == "SIGINT"


@pytest.mark.usefixtures("kept")
def test_a_signal_that_nohup_ignores_stays_ignored(conditions):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with conditions.on_signals():
        os.kill(os.getpid(), signal.SIGHUP)
        assert conditions.reason() is None
