"""Reading a search-space file: what is refused, in which words, and what `--set` changes."""

import re
from pathlib import Path

import pytest

from search_spaces.errors import SpaceError
from search_spaces.loading import load, packaged
from search_spaces.schema import SearchSpace

SPACE = """\
task: segmentation
model: unet
data: {name: streets, image_size: [96, 128]}
objective: {metric: val_miou, mode: max}
fixed: {width: 16}
search:
  lr: {log_uniform: [1.0e-4, 1.0e-2], default: 1.0e-3}
  batch_size: {choice: [4, 8, 16]}
  optimizer: {choice: [adam, adamw, sgd]}
  momentum: {uniform: [0.8, 0.99], when: {optimizer: sgd}}
budget: {trials: 24, max_epochs: 9, grace_epochs: 1, reduction_factor: 3}
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_space(text: str, *changes: tuple[str, str]) -> str:
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return str(path)

    return write_space


@pytest.mark.parametrize("name", packaged())
def test_every_packaged_space_can_be_run(name):
    space = load(name)
    assert space.name == name
    assert space.trial_config(space.default(), seed=0).model == space.model


def test_the_default_configuration_leaves_out_what_is_not_in_effect(write):
    assert load(write(SPACE)).default() == {"lr": 1e-3, "batch_size": 8, "optimizer": "adam"}


REFUSED = [
    ("lr:", "learning_rate:", r"search.learning_rate: no such knob for unet. Did you mean `lr`\?"),
    ("lr:", "lerning_rate:", r"search.lerning_rate: no such knob for unet. Did you mean `lr`\?"),
    ("width:", "widht:", r"fixed.widht: no such knob for unet. Did you mean `width`\?"),
    ("objective:", "objektive:", r"objektive: unknown key. Did you mean `objective`\?"),
    ("trials:", "trails:", r"budget.trails: unknown key. Did you mean `trials`\?"),
    ("model: unet", "model: u-net", r"model: no such network: 'u-net'. Did you mean `unet`\?"),
    ("choice: [4, 8, 16]", "choice: []", r"search.batch_size.choice: .*at least 1 item"),
    ("choice: [4, 8, 16]", "choices: [4]", r"search.batch_size: needs exactly one of choice, uniform"),
    ("{choice: [4, 8, 16]}", "8", r"search.batch_size: needs exactly one of .*, got 8"),
    ("[1.0e-4, 1.0e-2]", "[0.1, 0.001]", r"search.lr: low 0.1 is above high 0.001"),
    ("[1.0e-4, 1.0e-2]", "[0, 1.0e-2]", r"search.lr: must be above 0 for log_uniform"),
    ("[1.0e-4, 1.0e-2]", "[1.0e-4, high]", r"search.lr.log_uniform.1: .*number.*got 'high'"),
    ("[1.0e-4, 1.0e-2]", "[1.0e-4, .inf]", r"search.lr.log_uniform.1: .*finite"),
    ("[1.0e-4, 1.0e-2]", "[1.0e-4, 100]", r"search.lr: .*less than or equal to 10, got 100"),
    ("default: 1.0e-3", "default: 1.0", r"search.lr: default 1.0 is not 0.0001 to 0.01, log scale"),
    ("[4, 8, 16]", "[4, 16]", r"search.batch_size: no default given, and the knob's own 8 is not one of 4, 16"),
    ("[adam, adamw, sgd]", "[adam, adamx, sgd]", r"search.optimizer: .*'sgd', 'adam' or 'adamw', got 'adamx'"),
    ("{optimizer: sgd}", "{optimiser: sgd}", r"search.momentum.when.optimiser: is neither searched nor fixed"),
    ("{optimizer: sgd}", "{optimizer: sdg}", r"search.momentum.when.optimizer: optimizer is never 'sdg'"),
    ("{optimizer: sgd}", "{momentum: 0.9}", r"search: the conditions of momentum go round in a circle"),
    ("trials: 24", "trials: 0", r"budget.trials: must be greater than or equal to 1, got 0"),
    ("grace_epochs: 1", "grace_epochs: 20", r"budget: grace_epochs 20 exceeds max_epochs 9"),
    ("grace_epochs: 1", "grace_epochs: 9", r"budget: grace_epochs 9 and max_epochs 9 leave no rung"),
    ("reduction_factor: 3", "reduction_factor: 1", r"budget.reduction_factor: .*greater than or equal to 2, got 1"),
    ("reduction_factor: 3", "time_limit: soon", r"budget.time_limit: must be seconds, or like 90s, 30m, 2h"),
    ("val_miou", "val_dise", r"objective.metric: 'val_dise' is not reported by segmentation; known: val_miou"),
    ("trials: 24", "trials: 24, patience: 2, patience_metric: loss", r"patience_metric: 'loss' is not reported by"),
    ("trials: 24", "trials: 24, patience_metric: val_loss", r"budget.patience_metric: says nothing without budget.pat"),
    ("mode: max", "mode: min", r"objective.mode: val_miou is better high: use max"),
    ("{width: 16}", "{width: 16, lr: 0.1}", r"search.lr: is under `fixed` as well"),
    ("{width: 16}", "{width: 1}", r"fixed.width: .*greater than or equal to 4, got 1"),
    ("fixed: {width: 16}", "resources: {gpus: 1.5}", r"resources.gpus: .*must be whole or at most 1, got 1.5"),
    ("fixed: {width: 16}", "resources: {cpus: 0}", r"resources.cpus: must be greater than or equal to 1, got 0"),
    ("fixed: {width: 16}", "api_token: abc", r"api_token: secrets do not belong in a file"),
    ("optimizer: {choice", "lr: {choice", r":9:3: \"lr\" already set on line 7"),
    ("[4, 8, 16]}", "[4, 8, 16}", r":8:33: expected ',' or '\]', but got '}'"),
    ("fixed: {width: 16}", "fixed: !!python/object:os.system {}", r":5:8: could not determine a constructor"),
    ("fixed: {width: 16}", "fixed: &a {width: 16}\nreference: [*a]", r"aliases are not allowed"),
]


@pytest.mark.parametrize(("old", "new", "message"), REFUSED, ids=[new[:40] for _, new, _ in REFUSED])
def test_what_cannot_run_is_refused_in_one_line_that_names_file_key_and_value(write, old, new, message):
    path = write(SPACE, (old, new))
    with pytest.raises(SpaceError, match=message) as error:
        load(path)
    assert str(error.value).startswith(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty; expected `task:`"),
        (b"- a\n- b\n", "a list at the top"),
        (b"task: \xff\xfe", "byte 6 is not UTF-8"),
        (b"# " + b"x" * 1_100_000, "1.1 MB; a search space is at most 1 MB"),
    ],
)
def test_a_file_that_is_no_space_at_all_is_refused(tmp_path, content, message):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(SpaceError, match=message):
        load(str(path))


def test_a_missing_file_and_an_unknown_name_say_what_there_is(tmp_path):
    with pytest.raises(SpaceError, match="no such file"):
        load(str(tmp_path / "nothing.yaml"))
    with pytest.raises(SpaceError, match=r"Did you mean `seg_unet`\?"):
        load("seg_unett")
    with pytest.raises(SpaceError, match="is not a file"):
        load(str(tmp_path) + "/")


def test_conditions_may_form_a_chain(write):
    chained = SPACE.replace(
        "budget:",
        "  scheduler: {choice: [none, step], when: {optimizer: [sgd, adamw]}}\n"
        "  step_size: {int: [1, 6], when: {scheduler: step}}\nbudget:",
    )
    space = load(write(chained))
    names = [name for name, _ in space.ordered()]
    assert names.index("optimizer") < names.index("scheduler") < names.index("step_size")


def test_a_knob_that_is_a_list_can_be_chosen_from_lists(write):
    milestones = "search.milestones={choice: [[0.5, 0.75], [0.3, 0.6]]}"
    space = load(write(SPACE), [milestones])
    assert space.default()["milestones"] == [0.5, 0.75]
    assert space.trial_config(space.default(), seed=0).milestones == (0.5, 0.75)
    with pytest.raises(SpaceError, match=r"search.milestones: .*less than 1, got 1.5"):
        load(write(SPACE), ["search.milestones={choice: [[0.5, 0.75], [0.3, 1.5]]}"])


def test_numbers_without_a_dot_before_the_exponent_are_numbers(write):
    assert load(write(SPACE, ("1.0e-4", "1e-4"))).search["lr"].bounds() == (1e-4, 1e-2)


def test_set_changes_a_value_and_is_checked_in_the_same_way(write):
    space = load(write(SPACE), ["search.lr.log_uniform=[1e-5,1e-3]", "budget.trials=50"])
    assert space.search["lr"].bounds() == (1e-5, 1e-3)
    assert space.budget.trials == 50
    with pytest.raises(SpaceError, match=re.escape("budget.trials: must be greater than or equal to 1, got -1")):
        load(write(SPACE), ["budget.trials=-1"])
    with pytest.raises(SpaceError, match="expected key=value"):
        load(write(SPACE), ["budget.trials"])
    with pytest.raises(SpaceError, match="nothing below it"):
        load(write(SPACE), ["model.name=unet"])


def test_set_of_another_kind_replaces_the_range(write):
    assert load(write(SPACE), ["search.lr.choice=[0.001, 0.01]"]).search["lr"].choice == [0.001, 0.01]


def test_set_fixed_takes_a_knob_out_of_the_search(write):
    space = load(write(SPACE), ["fixed.optimizer=sgd"])
    assert "optimizer" not in space.search
    assert space.default()["momentum"] == 0.9  # its condition holds in every trial now
    assert "momentum" not in load(write(SPACE), ["fixed.optimizer=adam"]).default()


def test_a_finite_space_is_not_asked_for_more_trials_than_it_has(write):
    small = ["fixed.lr=0.001", "fixed.optimizer=adam"]
    with pytest.raises(SpaceError, match=r"budget.trials: must be at most 3, the number of different configurations"):
        load(write(SPACE), [*small, "fixed.momentum=0.9"])
    with pytest.raises(SpaceError, match="nothing to search"):
        load(write(SPACE), [*small, "fixed.momentum=0.9", "fixed.batch_size=8"])
    alone = load(write(SPACE), [*small, "fixed.momentum=0.9", "fixed.batch_size=8", "budget.trials=1"])
    assert alone.default() == {}


def test_budget_rungs_are_the_powers_of_the_factor_below_the_last_epoch(write):
    assert load(write(SPACE)).budget.rungs() == [1, 3]
    assert load(write(SPACE), ["budget.max_epochs=30", "budget.grace_epochs=2"]).budget.rungs() == [2, 6, 18]
    assert load(write(SPACE), ["budget.reduction_factor=null"]).budget.rungs() == []


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("45", 45), ("1.5h", 5400)])
def test_a_time_limit_may_be_written_with_its_unit(write, text, seconds):
    assert load(write(SPACE), [f"budget.time_limit={text}"]).budget.time_limit == seconds


def test_an_objective_may_be_two_metrics_and_is_written_as_it_was_read():
    objective = "objective=[{metric: val_miou, mode: max}, {metric: parameters, mode: min}]"
    space = load("seg_unet", [objective])
    assert [one.metric for one in space.objectives] == ["val_miou", "parameters"]
    assert space.objective.metric == "val_miou"
    assert [one["metric"] for one in space.model_dump(by_alias=True)["objective"]] == ["val_miou", "parameters"]
    assert load("seg_unet").model_dump(by_alias=True)["objective"] == {"metric": "val_miou", "mode": "max"}


@pytest.mark.parametrize(
    ("objective", "text"),
    [
        ("[{metric: val_miou, mode: max}, {metric: val_miou, mode: max}]", "objective: val_miou stands there twice"),
        (
            "[{metric: val_miou, mode: max}, {metric: params, mode: min}]",
            "objective.1.metric: 'params' is not reported",
        ),
        ("[{metric: val_miou, mode: max}, {metrik: parameters, mode: min}]", "objective.1.metrik: unknown key"),
        ("[]", "objective: Value should have at least 1 item"),
        ("{metric: val_miou, mode: up}", "objective.mode: must be 'min' or 'max', got 'up'"),
    ],
)
def test_a_wrong_objective_is_refused_by_its_place(objective, text):
    with pytest.raises(SpaceError, match=text.replace("[", r"\[")):
        load("seg_unet", [f"objective={objective}"])


OLD_NAMES = """
task: segmentation
model: custom
data: {name: streets}
objective: {metric: val_miou, mode: max}
search:
  initialisation: {choice: [xavier, default], default: xavier}
  lr: {log_uniform: [1e-4, 1e-2], when: {initialisation: xavier}}
"""


def test_the_names_of_earlier_versions_are_read_as_todays(write):
    space = load(write(OLD_NAMES))
    assert space.model == "unpooling"
    assert list(space.search) == ["initialization", "lr"]
    assert space.search["lr"].when == {"initialization": "xavier"}
    fixed = load(write(OLD_NAMES), ["fixed.initialisation=xavier", "search.lr={uniform: [0.1, 0.2], default: 0.1}"])
    assert fixed.fixed == {"initialization": "xavier"}
    assert "initialization" not in fixed.search


def test_a_knob_under_both_its_names_is_refused(write):
    both = OLD_NAMES + "  initialization: {choice: [xavier, default]}\n"
    with pytest.raises(SpaceError, match=r"search.initialisation: is the earlier name of initialization"):
        load(write(both))


@pytest.mark.parametrize("name", packaged())
def test_a_space_as_written_is_read_back_to_the_same_space(name):
    space = load(name)
    assert SearchSpace.model_validate(space.as_written()) == space


@pytest.mark.parametrize(("key", "known"), [("sampler", "tpe"), ("pruner", "asha")])
def test_an_unknown_strategy_is_refused_with_those_that_there_are(key, known):
    with pytest.raises(SpaceError, match=rf"budget.{key}: no such {key}: 'x'.*{known}"):
        load("seg_unet", [f"budget.{key}=x"])
