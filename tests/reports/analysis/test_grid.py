"""How large a full grid would be."""

from reports.analysis.grid import grid_size
from search_spaces.loading import load
from tests.reports.sweeps import SPEC
from tests.search_spaces.conditional import CONDITIONAL


def test_a_knob_counts_only_where_its_condition_holds():
    # lr (3) x skip (2) x (adam, or sgd with 3 momenta)
    assert grid_size(SPEC.space) == 3 * 2 * (1 + 3)


def test_it_is_the_number_of_configurations_where_all_are_finite():
    space = load("seg_unet", [*CONDITIONAL, *_FINITE])
    assert grid_size(space) == len(list(space.configurations()))


_FINITE = [
    "search.lr={choice: [1e-4, 1e-3], default: 1e-4}",
    "search.weight_decay={choice: [1e-6, 1e-2], default: 1e-6}",
    "search.momentum={choice: [0.8, 0.9], when: {optimizer: sgd}}",
    "search.gamma={choice: [0.1, 0.5], when: {scheduler: [step, multistep]}}",
    "search.step_size={choice: [1, 3], when: {scheduler: step}}",
    "search.augmentation_strength={choice: [0.3, 0.5], when: {augmentation: flip+shift}}",
]
