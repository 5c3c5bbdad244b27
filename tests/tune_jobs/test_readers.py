"""People who watch a sweep in the browser while it runs."""

from __future__ import annotations

import re

import pytest

from tests.tune_jobs.readers import Readers
from tests.tune_jobs.sweeps import SLOW, epochs_recorded, finish, launch_words, nothing_lost, wait_for


@pytest.mark.slow
def test_fifty_readers_of_a_running_sweep_are_all_answered_and_it_completes(command, folder, tmp_path):
    sweep = command(*launch_words("s", SLOW))
    wait_for(lambda: epochs_recorded(folder) >= 1, sweep)
    server = command("serve", str(tmp_path), "--port", "0")
    address = re.search(r"http://\S+/", server.stdout.readline())[0]
    readers = Readers(address, "s", count=50)
    finish(sweep)
    readers.close()
    assert set(readers.statuses) == {200}
    assert readers.statuses[200] > 50
    nothing_lost(folder.state(), folder, requested=6)
