"""How large a full grid would be."""

from reports.analysis.grid import grid_size
from search_spaces.loading import load
from tests.reports.sweeps import SPEC


def test_a_knob_counts_only_where_its_condition_holds():
    # lr (3) x skip (2) x (adam, or sgd with 3 momenta)
    assert grid_size(SPEC.space) == 3 * 2 * (1 + 3)


def test_it_is_the_number_of_configurations_where_all_are_finite():
    space = load("seg_unet", ["search.lr.choice=[1e-4,1e-3]", "search.weight_decay.choice=[0.0,1e-6]"])
    for knob in ("momentum", "gamma"):
        space = load("seg_unet", [*_FINITE, f"search.{knob}.choice=[0.5,0.9,0.1]", f"search.{knob}.default=0.9"])
    assert grid_size(space) == len(list(space.configurations()))


_FINITE = [
    "search.lr.choice=[1e-4,1e-3]",
    "search.weight_decay.choice=[0.0,1e-6]",
    "search.momentum.choice=[0.8,0.9]",
    "search.gamma.choice=[0.1,0.5]",
    "search.step_size.choice=[1,3]",
]
