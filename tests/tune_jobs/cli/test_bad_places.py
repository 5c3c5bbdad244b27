"""Names, storages, addresses and sweeps that are not what they are taken for, whether typed or of the environment."""

from __future__ import annotations

import pytest
import yaml

from tests.reports.sweeps import write_sweep
from tests.tune_jobs.cli import test_bad_images, test_bad_spaces
from tests.tune_jobs.cli.bad_input import refuse, words

SPACE = {
    "task": "segmentation",
    "model": "unet",
    "data": {"name": "streets"},
    "objective": {"metric": "val_miou", "mode": "max"},
    "search": {"lr": {"log_uniform": [1e-4, 1e-2], "default": 1e-3}},
}


def file_as_storage(here):
    (here / "place").write_text("not a folder")
    return ["launch", "seg_unet", "--storage", "place"]


def taken_name(here):
    write_sweep(here / "sweeps" / "mine", trials=3)
    return ["launch", "seg_unet", "--name", "mine"]


def complete_sweep(here):
    write_sweep(here / "sweeps" / "mine", trials=3)
    return ["compare", "mine"]


def resumed(*options):
    """A complete sweep, to be resumed with something that cannot work."""

    def make(here):
        write_sweep(here / "sweeps" / "mine", trials=3)
        return ["resume", "mine", *options]

    return make


def over_another_space(**parts):
    """The same sweep over a file of one's own that asks something else."""

    def make(here):
        write_sweep(here / "sweeps" / "mine", trials=3)
        (here / "new.yaml").write_text(yaml.safe_dump({**SPACE, **parts}))
        return ["resume", "mine", "--space", "new.yaml"]

    return make


def damaged_record(here):
    write_sweep(here / "sweeps" / "mine", trials=3)
    record = here / "sweeps" / "mine" / "record.jsonl"
    lines = record.read_text().splitlines()
    record.write_text("\n".join([lines[0], "{broken", *lines[2:]]) + "\n")
    return ["report", "mine"]


def text_as_weights(here):
    (here / "text.pth").write_text("not weights")
    return ["launch", "voc_resnet18", "--weights", "text.pth"]


def nothing_as_weights(here):
    (here / "empty.pth").touch()
    return ["launch", "voc_resnet18", "--weights", "empty.pth"]


def words_as_weights(here):
    (here / "words.txt").write_text("hi\n")
    return ["launch", "voc_resnet18", "--weights", "words.txt"]


def folder_of_others(here):
    (here / "photos").mkdir()
    (here / "photos" / "holiday.jpg").write_bytes(b"ours")
    return ["launch", "seg_unet", "--storage", ".", "--name", "photos"]


def damaged_question(here):
    write_sweep(here / "sweeps" / "mine", trials=3)
    (here / "sweeps" / "mine" / "sweep.json").write_text("{")
    return ["show", "mine"]


def question_of_others(here):
    write_sweep(here / "sweeps" / "mine", trials=3)
    (here / "sweeps" / "mine" / "sweep.json").write_text('{"name": "mine"}')
    return ["resume", "mine"]


def linked_sweep(here):
    write_sweep(here / "elsewhere" / "hidden", trials=1)
    (here / "sweeps").mkdir()
    (here / "sweeps" / "link").symlink_to(here / "elsewhere" / "hidden")
    return ["report", "link"]


NO_CLUSTER = ["launch", "seg_unet", "--set", "data.images=20", "--address"]
TABLE = {
    "bad name": (words("launch", "seg_unet", "--name", "../evil"), "--name '../evil': use letters, digits"),
    "name with a newline": (words("launch", "seg_unet", "--name", "a\nb"), "--name 'a\\nb': use letters"),
    "long name": (words("launch", "seg_unet", "--name", "a" * 65), "at most 64"),
    "name with a tag": (words("show", "<b>"), "'<b>' is not a sweep's name"),
    "taken name": (taken_name, '"mine" exists (3 of 3 trials done): tune resume mine'),
    "--widen of a choice": (
        resumed("--widen", "skip"),
        "--widen skip: is a choice (one of true, false), which",
    ),
    "--widen of no knob": (resumed("--widen", "learning_rate"), "mine does not search it. Did you mean `lr`?"),
    "--widen in the middle": (resumed("--widen", "lr"), "--widen lr: the best value, "),
    "--space of nothing": (resumed("--space", "./none.yaml"), "none.yaml: no such file"),
    "--space of another task": (resumed("--space", "cls_resnet18"), "task: classification, and mine has segmentation"),
    "--space of another objective": (
        over_another_space(objective={"metric": "val_loss", "mode": "min"}),
        "new.yaml: objective: val_loss min, and mine has val_miou max, with which its results would not compare",
    ),
    "--space of other images": (
        over_another_space(data={"path": "."}),
        ", and mine has none, with which its results would not compare; launch a sweep of its own: tune launch",
    ),
    "--space beside --widen": (
        resumed("--space", "seg_unet", "--widen", "lr"),
        "--space: with --widen it asks two things; do one first",
    ),
    "--constraint that is none": (
        words("launch", "seg_unet", "--constraint", "parameters<2e6"),
        "seg_unet.yaml (with --set): constraints.0: 'parameters<2e6' is no constraint; write a metric, <= or >=",
    ),
    "--constraint on no metric": (
        words("launch", "seg_unet", "--constraint", "params<=2e6"),
        "'params' is not reported by segmentation. Did you mean `parameters`?",
    ),
    "--constraint on no class": (
        words("launch", "seg_unet", "--set", "data.images=20", "--constraint", "val_iou_rode>=0.5"),
        "constraints: val_iou_rode: there is no such class. Did you mean `val_iou_road`?",
    ),
    "--epochs that it had": (resumed("--epochs", "9"), "--epochs 9: the trials of mine had 9 already; ask for more"),
    "unknown log": (
        words("launch", "seg_unet", "--log", "wandb"),
        "--log wandb: no such log; there are tensorboard",
    ),
    "no cluster": (
        words(*NO_CLUSTER, "127.0.0.1:1"),
        "nothing answers there",
    ),
    "no address": (
        words(*NO_CLUSTER, "cluster"),
        "use auto, or host:port",
    ),
    "storage is a file": (file_as_storage, "cannot be written"),
    "storage not writable": (words("launch", "seg_unet", "--storage", "/proc/sweeps"), "cannot be written"),
    "no such sweep": (words("resume", "nothing"), "no sweep called 'nothing' here. Sweeps: none yet"),
    "no such sweep to report": (words("report", "nothing"), "no sweep called 'nothing' here"),
    "no such sweep to stop": (words("stop", "nothing"), "no sweep called 'nothing' here"),
    "no such sweep to take apart": (words("ablate", "nothing"), "no sweep called 'nothing' here"),
    "nothing to compare with": (complete_sweep, "compare: 2 to 6 different sweeps, got mine"),
    "damaged record": (damaged_record, "record.jsonl: line 2 is damaged"),
    "serve nowhere": (words("serve", "nowhere"), "nowhere: no such folder"),
    "serve to everybody": (words("serve", ".", "--host", "0.0.0.0"), "--host 0.0.0.0 lets other machines in"),
    "no weights": (words("launch", "voc_resnet18", "--weights", "no.pth"), "no.pth: no such file"),
    "text as weights": (text_as_weights, "text.pth: not a file of weights (it holds something else than tensors)"),
    "an empty file as weights": (nothing_as_weights, "empty.pth: not a file of weights (it is empty or cut short)"),
    "words as weights": (words_as_weights, "words.txt: not a file of weights (it holds something else than tensors)"),
    "a folder as weights": (words("launch", "voc_resnet18", "--weights", "."), ": not a file of weights (Is a direc"),
    "folder of other files": (folder_of_others, "photos: holds other files; choose another --name or --storage"),
    "damaged question": (damaged_question, "sweep.json: cannot be read (it does not say what was asked)"),
    "question of another program": (question_of_others, "sweep.json: cannot be read"),
    "link to a sweep elsewhere": (linked_sweep, "link: a link that leaves sweeps"),
    "storage with a secret": (words("ls", "--storage", "s3://bucket/x?client_secret=abc"), "keep keys out of the URI"),
}

ENVIRONMENT = {
    "a dashboard as the cluster": (
        {"RAY_ADDRESS": "http://127.0.0.1:8265"},
        words("launch", "seg_unet", "--set", "data.images=20"),
        "RAY_ADDRESS=http://127.0.0.1:8265: use auto, or host:port",
    ),
    "a cluster that is gone": (
        {"RAY_ADDRESS": "127.0.0.1:1"},
        words("launch", "seg_unet", "--set", "data.images=20"),
        "(RAY_ADDRESS is set in the environment; unset it, or give --address)",
    ),
    "a storage that cannot be written": (
        {"CNN_TUNE_STORAGE": "/proc/sweeps"},
        words("launch", "seg_unet", "--set", "data.images=20"),
        "(CNN_TUNE_STORAGE is set in the environment",
    ),
    "a cache that cannot be written": (
        {"CNN_TUNE_CACHE": "/proc/version/cache"},
        words("launch", "seg_unet"),
        "/proc/version/cache: cannot be written (Not a directory); set CNN_TUNE_CACHE",
    ),
    "a long temporary folder": (
        {"RAY_TMPDIR": "/tmp/" + "long" * 20},
        words("launch", "seg_unet"),
        "too long a path for Ray's sockets; set RAY_TMPDIR to a short one",
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_bad_place_is_one_line_exit_code_2_and_nothing_left_behind(name, tmp_path, monkeypatch, capfd):
    make, message = TABLE[name]
    refuse(make, message, tmp_path, monkeypatch, capfd)


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_bad_environment_is_one_line_that_names_the_variable(name, tmp_path, monkeypatch, capfd):
    environment, make, message = ENVIRONMENT[name]
    refuse(make, message, tmp_path, monkeypatch, capfd, environment)


def test_the_tables_are_as_long_as_was_promised():
    assert len(TABLE) + len(test_bad_images.TABLE) + len(test_bad_spaces.TABLE) >= 40
