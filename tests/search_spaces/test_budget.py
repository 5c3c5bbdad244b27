"""A budget: what a preset stands for, what follows from what, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.budget import PRESETS, Budget
from search_spaces.errors import SpaceError
from search_spaces.loading import chosen_of_budget, load
from search_spaces.schema import SearchSpace

SPACE = """\
task: segmentation
model: unet
data: {name: streets, image_size: [96, 128]}
objective: {metric: val_miou, mode: max}
search:
  lr: {log_uniform: [1.0e-4, 1.0e-2], default: 1.0e-3}
"""


@pytest.fixture
def file(tmp_path):
    def write(budget: str = "", more: str = "") -> str:
        (tmp_path / "mine.yaml").write_text(SPACE + (f"budget: {budget}\n" if budget else "") + more)
        return str(tmp_path / "mine.yaml")

    return write


def test_a_file_without_a_budget_has_the_standard_one(file):
    budget = load(file()).budget
    assert (budget.trials, budget.max_epochs) == PRESETS["standard"]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_stands_for_plain_numbers_that_a_written_space_holds(file, name):
    space = load(file(f"{{preset: {name}}}"))
    written = space.as_written()["budget"]
    assert (written["trials"], written["max_epochs"]) == PRESETS[name]
    assert written["grace_epochs"] == PRESETS[name].max_epochs // 9
    assert SearchSpace.model_validate(space.as_written()) == space


def test_a_number_beside_a_preset_counts_more(file):
    assert load(file("{preset: quick, trials: 50}")).budget.trials == 50
    assert load(file("{preset: quick, max_epochs: null}")).budget.max_epochs == PRESETS["quick"].max_epochs


def test_a_preset_from_the_command_line_replaces_the_size_that_the_file_gives(file):
    path = file("{trials: 100, max_epochs: 6, grace_epochs: 5, reduction_factor: 2}")
    budget = load(path, ["budget.trials=7", "budget.preset=quick"]).budget
    assert (budget.trials, budget.max_epochs, budget.grace_epochs, budget.reduction_factor) == (7, 9, 1, 2)


@given(st.integers(2, 1000))
def test_the_grace_epochs_are_a_ninth_of_the_epochs_unless_they_are_given(epochs):
    budget = Budget.model_validate({"max_epochs": epochs})
    assert 0 <= budget.grace_epochs - epochs / 9 < 1
    assert budget.rungs() == [rung for rung in (budget.grace_epochs, 3 * budget.grace_epochs) if rung < epochs]
    assert Budget.model_validate({"max_epochs": epochs, "grace_epochs": 1}).grace_epochs == 1


def test_rungs_are_told_in_words():
    assert Budget(max_epochs=9, grace_epochs=1).pruning_in_words() == "pruned at epochs 1, 3"
    assert Budget(max_epochs=9, grace_epochs=3).pruning_in_words() == "pruned at epoch 3"
    assert Budget(max_epochs=27, pruner="median").pruning_in_words() == "pruned at any epoch from 3 on"
    assert Budget(max_epochs=9, reduction_factor=None).pruning_in_words() == "none is pruned"


def test_another_size_keeps_the_rest_and_grace_epochs_that_were_given():
    budget = Budget(preset="quick", patience=4, pruner="median")
    assert budget.sized(5, 30) == Budget(trials=5, max_epochs=30, patience=4, pruner="median")
    assert budget.sized(5, 30).grace_epochs == 4
    assert Budget(max_epochs=9, grace_epochs=1).sized(5, 30).grace_epochs == 1


def test_a_preset_takes_no_more_trials_than_there_are_configurations(file):
    path = file()
    few = ["search={lr: {choice: [0.001, 0.01], default: 0.001}, skip: {choice: [true, false]}}", "fixed={}"]
    assert load(path, few).budget.trials == 4
    assert load(path, [*few, "budget.preset=quick"]).budget.trials == 4
    with pytest.raises(SpaceError, match=r"budget.trials: must be at most 4, .* got 5"):
        load(path, [*few, "budget.trials=5"])


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        ("{preset: fast}", r"mine.yaml: budget.preset: must be 'quick', 'standard' or 'thorough', got 'fast'"),
        ("{preset: quick, grace_epochs: 20}", r"mine.yaml: budget: grace_epochs 20 exceeds max_epochs 9"),
        ("{max_epochs: many}", r"mine.yaml: budget.max_epochs: must be a valid integer, .*, got 'many'"),
        ("{max_epochs: 0}", r"mine.yaml: budget.max_epochs: must be greater than or equal to 1, got 0"),
        ("{max_epochs: 2, grace_epochs: 2}", r"mine.yaml: budget: grace_epochs 2 and max_epochs 2 leave no rung"),
    ],
)
def test_what_no_sweep_can_spend_is_refused_in_one_line(file, budget, message):
    with pytest.raises(SpaceError, match=message) as error:
        load(file(budget))
    assert "\n" not in str(error.value)


def test_what_a_person_chose_is_in_their_file_and_on_the_command_line(file):
    assert chosen_of_budget(file("{time_limit: 10m, patience: 3}")) == {"time_limit", "patience"}
    assert chosen_of_budget(file(), ["budget.max_epochs=9"]) == {"max_epochs"}
    assert chosen_of_budget("seg_unet") == set(), "what a packaged file says is nobody's choice"
    assert chosen_of_budget("seg_unet", ["budget.preset=quick", "budget.trials=3"]) == {"preset", "trials"}
    assert chosen_of_budget("seg_unet", ["budget={trials: 3}"]) == {"trials"}
    assert chosen_of_budget("seg_unet", ["budget.trials=null"]) == set()


def test_a_sweep_of_before_presets_is_read_with_its_own_numbers():
    old = {"trials": 6, "max_epochs": 4, "grace_epochs": 1, "reduction_factor": 2, "time_limit": None, "patience": None}
    budget = Budget.model_validate(old)
    assert (budget.trials, budget.max_epochs, budget.rungs()) == (6, 4, [1, 2])


def test_a_time_limit_alone_counts_more_than_the_size_that_a_packaged_file_gives():
    few = ["search={lr: {choice: [0.0001, 0.001], default: 0.001}}", "budget.time_limit=10m"]
    assert load("seg_unet", few).budget.trials == 2
    budget = load("voc_unet", ["budget.time_limit=10m"]).budget
    assert (budget.trials, budget.max_epochs) == PRESETS["standard"]
    assert budget.patience == load("voc_unet").budget.patience
    assert load("seg_unet", ["budget.time_limit=10m", "budget.grace_epochs=2"]).budget.grace_epochs == 2
    assert load("seg_unet", ["budget.time_limit=10m", "budget.trials=5"]).budget.trials == 5
