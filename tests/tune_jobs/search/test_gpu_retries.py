"""Another try with twice the share of a GPU."""

import pytest

from tune_jobs.search.gpu_retries import GpuRetries


def test_a_trial_gets_one_more_try_with_twice_its_share():
    retries = GpuRetries(0.25)
    assert retries.retry("0001", {"lr": 0.1}) == 0.5
    assert retries.retry("0001", {"lr": 0.1}) is None
    assert retries.waiting
    assert retries.next_share() == 0.5
    again = retries.take()
    assert (again.trial, again.config, again.gpus) == ("0001", {"lr": 0.1}, 0.5)
    assert not retries.waiting
    assert retries.take() is None
    assert retries.next_share() == 0.25


@pytest.mark.parametrize(("share", "larger"), [(0.6, 1.0), (1.0, None), (2.0, None), (0.0, None)])
def test_only_a_part_of_a_gpu_can_grow_and_to_no_more_than_a_whole_one(share, larger):
    retries = GpuRetries(share)
    assert retries.may_retry("0001") == (larger is not None)
    assert retries.retry("0001", {}) == larger
