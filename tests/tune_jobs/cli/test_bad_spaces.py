"""Space files and `--set` that no sweep can be made of."""

from __future__ import annotations

import pytest

from tests.tune_jobs.cli.bad_input import refuse, setting, space, words


def sparse_yaml(here):
    with (here / "mine.yaml").open("wb") as file:
        file.truncate(2_000_000_000)
    return ["launch", "./mine.yaml"]


def unreadable_yaml(here):
    (here / "mine.yaml").symlink_to("/proc/self/mem")  # which even root cannot read from its start
    return ["launch", "./mine.yaml"]


def folder_as_yaml(here):
    (here / "mine.yaml").mkdir()
    return ["launch", "./mine.yaml"]


def many_aliases(here):
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
    (here / "mine.yaml").write_text(bomb)
    return ["launch", "./mine.yaml"]


THREE = "{metric: val_miou, mode: max}, {metric: val_loss, mode: min}, {metric: parameters, mode: min}"
TABLE = {
    "unknown space": (words("launch", "seg_unett"), "seg_unett: no such search space. Did you mean `seg_unet`?"),
    "missing file": (words("launch", "./no.yaml"), "no.yaml: no such file"),
    "folder as a file": (folder_as_yaml, "mine.yaml: is not a file"),
    "unreadable file": (unreadable_yaml, "mine.yaml: cannot be read: Input/output error"),
    "huge file": (sparse_yaml, "2000.0 MB; a search space is at most 1 MB"),
    "empty file": (space(raw=b""), "mine.yaml: empty; expected `task:`"),
    "not UTF-8": (space(raw=b"task: \xff"), "byte 6 is not UTF-8"),
    "a list": (space(raw=b"- a\n"), "a list at the top"),
    "NUL bytes": (space(raw=b"task: a\x00b\n"), "mine.yaml: "),
    "unclosed bracket": (space(("[24, 32]", "[24, 32")), "mine.yaml:3:"),
    "key twice": (space(("lr: {", "lr: {uniform: [0, 1]}\n  lr: {")), '"lr" already set on line 7'),
    "python tag": (
        space(("{width: 4, levels: 2}", "!!python/name:os.system {}")),
        "mine.yaml:5:8: could not",
    ),
    "alias bomb": (many_aliases, "aliases are not allowed"),
    "unknown key": (space(("budget:", "bugdet:")), "bugdet: unknown key. Did you mean `budget`?"),
    "unknown knob": (space(("lr:", "lerning_rate:")), "search.lerning_rate: no such knob for unet. Did you mean `lr`?"),
    "a secret": (space(("task:", "api_key: x\ntask:")), "api_key: secrets do not belong in a file"),
    "a secret in a list": (space(("task:", "a: [{private-key: x}]\ntask:")), "a.0.private-key: secrets do not belong"),
    "empty choice": (space(("{log_uniform: [1.0e-4, 1.0e-2], default: 1.0e-3}", "{choice: []}")), "search.lr.choice"),
    "low above high": (space(("[1.0e-4, 1.0e-2]", "[0.1, 0.001]")), "search.lr: low 0.1 is above high 0.001"),
    "low equals high": (
        space(("[1.0e-4, 1.0e-2]", "[0.1, 0.1]")),
        "search.lr: low equals high (0.1); put it under `fixed`",
    ),
    "zero of a log": (space(("[1.0e-4, 1.0e-2]", "[0, 1.0e-2]")), "search.lr: must be above 0 for log_uniform"),
    "NaN bound": (space(("[1.0e-4, 1.0e-2]", "[.nan, 1.0e-2]")), "search.lr.log_uniform.0"),
    "infinite bound": (space(("[1.0e-4, 1.0e-2]", "[1.0e-4, .inf]")), "search.lr.log_uniform.1"),
    "text as a bound": (space(("[1.0e-4, 1.0e-2]", "[low, 1.0e-2]")), "got 'low'"),
    "step that misses": (
        space(("{log_uniform: [1.0e-4, 1.0e-2], default: 1.0e-3}", "{quantized: [0.1, 0.5, 0.3], default: 0.1}")),
        "search.lr: step 0.3 misses high 0.5; the last value is 0.4",
    ),
    "billions of steps": (
        space(("{log_uniform: [1.0e-4, 1.0e-2], default: 1.0e-3}", "{quantized: [0.001, 1.001, 1.0e-9]}")),
        "search.lr: step 1e-09 makes 1e+09 values; 100000 at most",
    ),
    "default outside": (space(("default: 1.0e-3", "default: 1.0")), "search.lr: default 1.0 is not 0.0001 to 0.01"),
    "nothing to search": (
        space(("search:\n  lr: {log_uniform: [1.0e-4, 1.0e-2], default: 1.0e-3}", "search: {}")),
        "search: nothing to search, but budget.trials is 2",
    ),
    "no trials": (
        words("launch", "seg_unet", "--trials", "0"),
        "budget.trials: must be greater",
    ),
    "trials as text": (space(("trials: 2", "trials: many")), "budget.trials: "),
    "grace above max": (
        space(("max_epochs: 2", "max_epochs: 2, grace_epochs: 20")),
        "20 exceeds max_epochs 2",
    ),
    "unknown metric": (space(("val_miou", "val_dise")), "objective.metric: 'val_dise' is not reported by segmentation"),
    "metric of no class": (
        words("launch", "seg_unet", "--set", "objective.metric=val_iou_roads", "--set", "data.images=20"),
        "objective.metric: val_iou_roads: there is no such class. Did you mean `val_iou_road`? (measured: ",
    ),
    "wrong direction": (space(("mode: max", "mode: min")), "objective.mode: val_miou is better high: use max"),
    "three objectives": (
        setting(f"objective=[{THREE}]"),
        "objective: ",
    ),
    "gpus between": (setting("resources.gpus=1.5"), "whole or at most 1, got 1.5"),
    "gpus negative": (setting("resources.gpus=-1"), "resources.gpus: "),
    "no cpus": (
        setting("resources.cpus=0"),
        "resources.cpus: must be greater",
    ),
    "broken --set": (setting("oops"), "--set oops: expected key=value"),
    "--set below a value": (
        setting("task.x=1"),
        "task holds 'segmentation'",
    ),
    "--set of no YAML": (setting("fixed.width=[1"), "is not a value that YAML can read"),
    "--set of no date": (setting("fixed.width=2001-13-45"), "got '2001-13-45'"),
    "--set of depth": (
        setting(f"fixed.width={'[' * 9999}"),
        "[[[...' is not a value that",
    ),
    "bad duration": (words("launch", "seg_unet", "--time-limit", "soon"), "must be seconds, or like 90s, 30m, 2h"),
    "no such space to explain": (words("spaces", "nothing"), "nothing: no such search space"),
    "data of another task": (
        setting("data.name=shapes"),
        "data.name: shapes is for classification, not segmentation",
    ),
    "model of another task": (
        setting("model=resnet18"),
        "model: resnet18 is for classification; for segmentation",
    ),
    "knob of another model": (
        setting("fixed.frozen=true"),
        "fixed.frozen: no such knob for unet.",
    ),
    "--set of an unknown knob": (
        setting("search.lerning_rate.uniform=[0,1]"),
        "no such knob for unet. Did you mean `lr`?",
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_bad_space_is_one_line_exit_code_2_and_nothing_left_behind(name, tmp_path, monkeypatch, capfd):
    make, message = TABLE[name]
    refuse(make, message, tmp_path, monkeypatch, capfd)
