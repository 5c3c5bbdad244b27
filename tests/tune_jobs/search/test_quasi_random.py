"""The quasi-random sampler: one evenly spread sequence, whatever trials run beside one another."""

from __future__ import annotations

import math
from collections import Counter

from reports.records.record import SweepEnded
from tests.tune_jobs.search.made_up import made_up_spec
from tune_jobs.search.scheduler import SweepScheduler


def test_every_sixteenth_of_a_range_and_every_choice_has_its_equal_part_of_sixteen_proposals(tmp_path):
    """seg_unet has conditional knobs, and here no trial has ended when the last one begins."""
    folder, spec = made_up_spec(tmp_path, "budget.sampler=quasi-random", "search.batch_size.choice=[4,8,16,32]")
    scheduler = SweepScheduler(folder, spec, trials=18, slots=18)
    configs = [scheduler.next_trial().config for _ in range(18)][2:]  # behind the default and the study
    scheduler.close(SweepEnded(reason="completed"))
    low, high = (math.log(bound) for bound in spec.space.search["lr"].ends())
    sixteenths = [int(16 * (math.log(config["lr"]) - low) / (high - low)) for config in configs]
    assert sorted(sixteenths) == list(range(16))
    assert Counter(config["batch_size"] for config in configs) == {4: 4, 8: 4, 16: 4, 32: 4}
    assert Counter(config["skip"] for config in configs) == {True: 8, False: 8}
    assert Counter(config["optimizer"] for config in configs) == {"adamw": 8, "adam": 8}
