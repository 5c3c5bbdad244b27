"""What `gpus: auto` stands for, as far as it can be reckoned without a GPU."""

from __future__ import annotations

import pytest
import torch

from cnnmodels.config import parse
from search_spaces.loading import load
from search_spaces.schema import Resources
from tune_jobs.cluster.cluster import Node
from tune_jobs.resources.gpu_share import gpu_share, is_out_of_memory, largest, share_of, tensors_part
from tune_jobs.resources.slots import idle_share

GB = 10**9


@pytest.mark.parametrize(
    ("peak", "total", "share"),
    [
        (1 * GB, 24 * GB, 1 / 12),  # 1.15 GB and 0.7 GB beside: twelve fit into 24 GB
        (10 * GB, 24 * GB, 1),
        (11 * GB, 80 * GB, 1 / 5),
        (0, 140 * GB, 1 / 16),  # no more than sixteen, however small
        (200 * GB, 80 * GB, 1),
    ],
)
def test_a_share_is_one_nth_and_holds_what_was_measured(peak, total, share):
    assert share_of(peak, total) == pytest.approx(share)


def test_the_largest_trial_has_the_largest_batch_and_network_of_the_space():
    space = load("seg_unet", ["search.width.choice=[8,32]", "search.width.default=8"])
    config = parse(largest(space))
    assert (config.batch_size, config.width) == (16, 32)


def test_nothing_is_measured_where_there_is_no_gpu_or_a_share_is_given(tmp_path):
    assert gpu_share(load("seg_unet"), [Node("a", "laptop", 8, 0)], tmp_path, 3) is None
    assert gpu_share(load("seg_unet", ["resources.gpus=0.5"]), [Node("a", "box", 8, 1)], tmp_path, 3) is None


def test_a_fraction_that_leaves_a_gpu_partly_idle_is_said():
    assert idle_share(Resources(gpus=0.3)) == "0.3 fits 3 per GPU, 10% idle"
    assert idle_share(Resources(gpus=0.25)) is None
    assert idle_share(Resources(gpus="auto")) is None
    assert idle_share(Resources(gpus=1)) is None
    assert idle_share(Resources(gpus=2)) == "a trial trains on one GPU; 1 of its 2 idle"


def test_the_tensors_of_a_share_leave_room_for_what_a_process_takes_beside_them():
    assert tensors_part(1, 24 * GB) == 1
    assert 4 * (tensors_part(0.25, 24 * GB) * 24 * GB + 0.7 * GB) <= 24 * GB
    assert 0 < tensors_part(1 / 64, 24 * GB) < 1 / 64, "where that leaves nothing, half of it"


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True),
        (RuntimeError("GET was unable to find an engine to execute this computation"), True),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), False),
        (ValueError("CUDA error: out of memory"), False),
    ],
)
def test_a_gpu_that_is_full_says_so_in_several_ways(error, is_one):
    assert is_out_of_memory(error) == is_one
