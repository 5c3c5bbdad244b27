"""Which trials get a slot, from the nodes that live and from what other sweeps hold."""

from __future__ import annotations

import pytest

from tune_jobs.cluster.cluster import Node
from tune_jobs.resources import slot_allocator
from tune_jobs.resources.fair_share import FairShare
from tune_jobs.resources.slot_allocator import SlotAllocator
from tune_jobs.resources.slots import Slots

NODE, OTHER = Node("a", "one", 2, 0), Node("b", "other", 1, 0)


@pytest.fixture
def share(tmp_path):
    """This sweep's part of a machine of four cores and two GPUs."""
    share = FairShare(tmp_path, cores=4, gpu_names=["GPU-a", "GPU-b"])
    yield share
    share.close()


def test_on_a_cluster_there_are_as_many_slots_as_nodes_have_room_for_and_ray_chooses_the_gpus():
    allocator = SlotAllocator(Slots(2, 1, 0), lambda: [NODE], None, pytest.fail)
    assert allocator.acquire("x", 0.0) == ()
    assert allocator.acquire("y", 0.0) == ()
    assert allocator.acquire("z", 0.0) is None
    allocator.release("x")
    assert allocator.acquire("z", 0.0) == ()


def test_a_node_that_joins_or_is_gone_changes_the_number_of_slots_and_is_told(monkeypatch):
    monkeypatch.setattr(slot_allocator, "_REFRESH_SECONDS", 0)
    nodes, told = [NODE], []
    allocator = SlotAllocator(Slots(2, 1, 0), lambda: nodes, None, told.append)
    assert [allocator.acquire(trial, 0.0) for trial in "xyz"] == [(), (), None]
    nodes.append(OTHER)
    assert allocator.acquire("z", 0.0) == ()
    nodes.remove(NODE)
    allocator.release("x")
    assert allocator.acquire("x", 0.0) is None, "two run where there is room for one"
    assert told == [3, 1]


def test_on_one_machine_a_trial_gets_the_numbers_of_its_gpus_and_frees_them_as_it_ends(share):
    allocator = SlotAllocator(Slots(4, 1, 1), lambda: [Node("a", "box", 4, 2)], share, pytest.fail)
    assert allocator.acquire("x", 1.0) == (0,)
    assert allocator.acquire("y", 1.0) == (1,)
    assert allocator.acquire("z", 1.0) is None
    allocator.release("x")
    allocator.release("never began")
    assert allocator.acquire("z", 1.0) == (0,)


def test_a_slot_is_free_only_while_other_sweeps_leave_it_its_cores(share, tmp_path):
    other = FairShare(tmp_path, cores=4, gpu_names=["GPU-a", "GPU-b"])
    lease = other.acquire(3)
    allocator = SlotAllocator(Slots(2, 2, 0), lambda: [Node("a", "box", 4, 2)], share, pytest.fail)
    assert allocator.acquire("x", 0.0) is None
    other.release(lease)
    assert allocator.acquire("x", 0.0) == ()
    other.close()
