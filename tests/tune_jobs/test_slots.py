"""How many trials run at once, from what nodes have."""

import pytest

from search_spaces.schema import Resources
from tune_jobs.errors import SweepError
from tune_jobs.slots import Slots, plan

LAPTOP = {"CPU": 8.0}
GPU_BOX = {"CPU": 16.0, "GPU": 2.0}


@pytest.mark.parametrize(
    ("asked", "nodes", "slots"),
    [
        ({}, [{"CPU": 2.0}], Slots(2, 1, 0)),
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
def test_slots_are_what_each_node_has_room_for(asked, nodes, slots):
    assert plan(Resources.model_validate(asked), nodes) == slots


def test_what_no_node_has_is_refused_with_what_there_is():
    with pytest.raises(SweepError, match=r"asked 1 GPU, there are 0; set resources.gpus: 0"):
        plan(Resources(gpus=1), [LAPTOP])
    with pytest.raises(SweepError, match="room for a trial of 9 CPUs and 0 GPUs; the nodes have 8 CPUs, 0 GPUs"):
        plan(Resources(cpus=9), [LAPTOP])
