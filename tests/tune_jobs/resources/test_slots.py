"""How many trials run at once, from what nodes have."""

import pytest

from reports.records.errors import SweepError
from search_spaces.schema import Resources
from tune_jobs.cluster.cluster import Node
from tune_jobs.resources.slots import Slots, allocate, workers_ahead

LAPTOP = Node("a", "laptop", 8, 0)
GPU_BOX = Node("b", "box", 16, 2)


@pytest.mark.parametrize(
    ("wanted", "nodes", "slots"),
    [
        ({}, [Node("c", "small", 2, 0)], Slots(2, 1, 0)),
        ({"cpus": 3}, [LAPTOP], Slots(2, 3, 0)),
        ({}, [LAPTOP, LAPTOP], Slots(16, 1, 0)),
        ({"cpus": 4}, [GPU_BOX], Slots(2, 4, 1)),
        ({"cpus": 1, "gpus": 0.25}, [GPU_BOX], Slots(8, 1, 0.25)),
        ({"cpus": 4, "gpus": 0.25}, [GPU_BOX], Slots(4, 4, 0.25)),
        ({"gpus": 0.3}, [GPU_BOX], Slots(6, 1, 0.3)),
        ({"gpus": 2}, [GPU_BOX, LAPTOP], Slots(1, 1, 2)),
        ({"gpus": 0}, [GPU_BOX], Slots(16, 1, 0)),
    ],
)
def test_slots_are_what_each_node_has_room_for(wanted, nodes, slots):
    assert allocate(Resources.model_validate(wanted), nodes) == slots


def test_what_no_node_has_is_refused_with_what_there_is():
    with pytest.raises(SweepError, match=r"asked 1 GPU, there are 0; set resources.gpus: 0"):
        allocate(Resources(gpus=1), [LAPTOP])
    with pytest.raises(
        SweepError,
        match=r"the nodes have laptop 8 CPUs, 0 GPUs; what would fit is \{cpus: 8, gpus: 0\}",
    ):
        allocate(Resources(cpus=9), [LAPTOP])


def test_a_measured_share_stands_for_auto_where_there_is_a_gpu():
    assert allocate(Resources(gpus="auto"), [GPU_BOX], 0.25) == Slots(8, 1, 0.25)
    assert allocate(Resources(gpus="auto"), [LAPTOP], 0.25) == Slots(8, 1, 0)
    assert allocate(Resources(gpus=0.5), [GPU_BOX], 0.25) == Slots(4, 1, 0.5)


@pytest.mark.parametrize(
    ("wanted", "cores", "gpus", "trials", "workers"),
    [
        ({}, 4, 0, None, 4),
        ({"cpus": 3}, 8, 0, 9, 2),
        ({}, 8, 0, 1, 1),
        ({}, 128, 0, 200, 16),
        ({"cpus": 4, "gpus": 0.25}, 64, 1, 24, 4),
        ({"cpus": 4, "gpus": "auto"}, 32, 1, 24, 8),
        ({"cpus": 9}, 8, 0, 1, 0),
    ],
)
def test_no_more_workers_are_started_ahead_than_trials_may_run(wanted, cores, gpus, trials, workers):
    assert workers_ahead(Resources.model_validate(wanted), trials, cores, gpus) == workers
