"""Bad input, one table: each is one line that names the place and the value, exit code 2, and nothing left behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.reports.sweeps import write_sweep
from tune_jobs.cli import main as cli

SPACE = """\
task: segmentation
model: unet
data: {name: streets, image_size: [24, 32], images: 10}
objective: {metric: val_miou, mode: max}
fixed: {width: 4, levels: 2}
search:
  lr: {log_uniform: [1.0e-4, 1.0e-2], default: 1.0e-3}
budget: {trials: 2, max_epochs: 2}
"""


def space(*changes, raw=None):
    """A file of one's own with something wrong in it, launched."""

    def make(here):
        text = SPACE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (here / "mine.yaml").write_bytes(text.encode() if raw is None else raw)
        return ["launch", "./mine.yaml"]

    return make


def words(*given):
    return lambda here: list(given)


def setting(override):
    return words("launch", "seg_unet", "--set", override)


def images(change, *more):
    """A small CamVid folder with something wrong in it, launched."""

    def make(here):
        random = np.random.default_rng(0)
        for split in ("train", "val"):
            (here / "photos" / split).mkdir(parents=True)
            (here / "photos" / f"{split}annot").mkdir()
            for number in range(3):
                photo = random.integers(0, 255, (24, 32, 3), dtype=np.uint8)
                Image.fromarray(photo).save(here / "photos" / split / f"{number}.png")
                mask = np.resize(np.arange(3, dtype=np.uint8), (24, 32))
                Image.fromarray(mask).save(here / "photos" / f"{split}annot" / f"{number}.png")
        change(here / "photos")
        return ["launch", "seg_unet", "--data", "photos", "--set", "data.image_size=[24,32]", *more]

    return make


def save(path, pixels):
    Image.fromarray(pixels).save(path)


def birds(change):
    """A small folder of classes with something wrong in it, launched."""

    def make(here):
        for name in ("cat", "dog"):
            (here / "birds" / name).mkdir(parents=True)
            for number in range(4):
                save(here / "birds" / name / f"{number}.png", np.full((24, 32, 3), 40 * number, dtype=np.uint8))
        change(here / "birds")
        return ["launch", "cls_resnet18", "--data", "birds", "--set", "data.image_size=[24,32]"]

    return make


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


def file_as_data(here):
    (here / "photos").write_text("not a folder")
    return ["launch", "seg_unet", "--data", "photos"]


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


def damaged_record(here):
    write_sweep(here / "sweeps" / "mine", trials=3)
    record = here / "sweeps" / "mine" / "record.jsonl"
    lines = record.read_text().splitlines()
    record.write_text("\n".join([lines[0], "{broken", *lines[2:]]) + "\n")
    return ["report", "mine"]


def many_aliases(here):
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
    (here / "mine.yaml").write_text(bomb)
    return ["launch", "./mine.yaml"]


def voc_of_bytes(here):
    names = here / "voc" / "VOC2007" / "ImageSets" / "Segmentation"
    names.mkdir(parents=True)
    for split in ("train", "val"):
        (names / f"{split}.txt").write_bytes(b"\xff\xfe\x00")
    return ["launch", "voc_unet", "--data", "voc"]


def text_as_weights(here):
    (here / "text.pth").write_text("not weights")
    return ["launch", "voc_resnet18", "--weights", "text.pth"]


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


def truncate(folder):
    path = folder / "train" / "1.png"
    path.write_bytes(path.read_bytes()[:60])


THREE = "{metric: val_miou, mode: max}, {metric: val_loss, mode: min}, {metric: parameters, mode: min}"
NO_CLUSTER = ["launch", "seg_unet", "--set", "data.images=20", "--address"]


def green_labels(root):
    labels = np.resize(np.arange(3), (24, 32))
    for path in root.glob("*annot/*.png"):
        save(path, np.dstack([np.zeros((24, 32)), labels, np.zeros((24, 32))]).astype(np.uint8))


def leave_by_a_link(root):
    (root / "train" / "1.png").unlink()
    (root / "train" / "1.png").symlink_to("/etc/hostname")


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
    "--epochs that it had": (resumed("--epochs", "9"), "--epochs 9: the trials of mine had 9 already; ask for more"),
    "broken --set": (setting("oops"), "--set oops: expected key=value"),
    "--set below a value": (
        setting("task.x=1"),
        "task holds 'segmentation'",
    ),
    "--set of no YAML": (setting("fixed.width=[1"), "is not a value that YAML can read"),
    "--set of no date": (setting("fixed.width=2001-13-45"), "'2001-13-45' is not a value"),
    "--set of depth": (
        setting(f"fixed.width={'[' * 9999}"),
        "[[[...' is not a value that",
    ),
    "bad duration": (words("launch", "seg_unet", "--time-limit", "soon"), "must be seconds, or like 90s, 30m, 2h"),
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
    "data missing": (words("launch", "seg_unet", "--data", "nowhere"), "nowhere: no such folder"),
    "data is a file": (file_as_data, "photos: "),
    "storage is a file": (file_as_storage, "cannot be written"),
    "storage not writable": (words("launch", "seg_unet", "--storage", "/proc/sweeps"), "cannot be written"),
    "no images": (images(lambda root: [path.unlink() for path in (root / "train").iterdir()]), "no images"),
    "no mask": (
        images(lambda root: (root / "trainannot" / "1.png").unlink()),
        "1 of 3 images have no mask in trainannot: 1.png",
    ),
    "mask of another size": (
        images(lambda root: save(root / "trainannot" / "1.png", np.zeros((12, 16), dtype=np.uint8))),
        "train/1.png: 32x24 but its mask is 16x12",
    ),
    "label that is no class": (
        images(
            lambda root: save(root / "trainannot" / "1.png", np.full((24, 32), 7, dtype=np.uint8)),
            "--set",
            "data.classes=[a,b,c]",
        ),
        "label 7",
    ),
    "labels in the wrong channel": (
        images(green_labels),
        "a colour picture; a mask holds its labels as grey values or palette indices",
    ),
    "void alone": (
        images(lambda root: [save(path, np.full((24, 32), 255, dtype=np.uint8)) for path in root.glob("*annot/*.png")]),
        "hold only void",
    ),
    "batch above the training set": (
        images(lambda root: None, "--set", "search.batch_size.choice=[2,3,16]", "--set", "search.batch_size.default=2"),
        "batch_size: 16 is more than the 3 training images; --set 'search.batch_size={choice: [2, 3], def",
    ),
    "layout that nobody knows": (
        images(lambda root: (root / "trainannot").rename(root / "masks")),
        "layout not recognised (it holds masks, train, val, valannot); what is understood for segmentation: train/ + ",
    ),
    "image of too many pixels": (
        images(lambda root: Image.new("1", (20_000, 20_000)).save(root / "train" / "1.png")),
        "train/1.png: cannot be read as an image (Image size (400000000 pixels) exceeds limit",
    ),
    "list of names that is no text": (voc_of_bytes, "ImageSets/Segmentation/train.txt: cannot be read as a list of"),
    "truncated image": (images(truncate), "train/1.png: "),
    "text as an image": (images(lambda root: (root / "train" / "1.png").write_text("hello")), "train/1.png: "),
    "link out of the folder": (
        images(leave_by_a_link),
        "a link that leaves the data folder",
    ),
    "class of one image": (
        birds(lambda root: [path.unlink() for path in sorted((root / "cat").iterdir())[1:]]),
        "class 'cat' has 1 image; it needs 2 to be split",
    ),
    "one class": (
        birds(lambda root: [path.unlink() for path in (root / "cat").iterdir()]),
        "of one class alone",
    ),
    "no such sweep": (words("resume", "nothing"), "no sweep called 'nothing' here. Sweeps: none yet"),
    "no such sweep to report": (words("report", "nothing"), "no sweep called 'nothing' here"),
    "no such sweep to stop": (words("stop", "nothing"), "no sweep called 'nothing' here"),
    "no such sweep to take apart": (words("ablate", "nothing"), "no sweep called 'nothing' here"),
    "no such space to explain": (words("spaces", "nothing"), "nothing: no such search space"),
    "no data to describe": (words("data", "nowhere"), "nowhere: no such folder"),
    "no such task": (words("data", ".", "--task", "sorting"), "--task sorting: no such task; there are classification"),
    "no classes": (
        words("launch", "cls_resnet18", "--data", "."),
        "what is understood for classification: train/CLASS",
    ),
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
    "nothing to compare with": (complete_sweep, "compare: 2 to 6 different sweeps, got mine"),
    "damaged record": (damaged_record, "record.jsonl: line 2 is damaged"),
    "serve nowhere": (words("serve", "nowhere"), "nowhere: no such folder"),
    "serve to everybody": (words("serve", ".", "--host", "0.0.0.0"), "--host 0.0.0.0 lets other machines in"),
    "no weights": (words("launch", "voc_resnet18", "--weights", "no.pth"), "no.pth: no such file"),
    "text as weights": (text_as_weights, "text.pth: not a file of weights (it holds something else than tensors)"),
    "folder of other files": (folder_of_others, "photos: holds other files; choose another --name or --storage"),
    "damaged question": (damaged_question, "sweep.json: cannot be read (it does not say what was asked)"),
    "question of another program": (question_of_others, "sweep.json: cannot be read"),
    "link to a sweep elsewhere": (linked_sweep, "link: a link that leaves sweeps"),
    "storage with a secret": (words("ls", "--storage", "s3://bucket/x?client_secret=abc"), "keep keys out of the URI"),
}


@pytest.mark.parametrize("name", TABLE)
def test_bad_input_is_one_line_exit_code_2_and_nothing_left_behind(name, tmp_path, monkeypatch, capfd):
    make, message = TABLE[name]
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("CNN_TUNE_CACHE", str(tmp_path / "cache"))
    for variable in ("CNN_TUNE_STORAGE", "CNN_TUNE_TOKEN", "RAY_ADDRESS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(sys, "argv", ["tune", *make(here)])
    before = _files(here)
    umask = os.umask(0o077)
    try:
        with pytest.raises(SystemExit) as left:
            cli.main()
    finally:
        os.umask(umask)
    said = capfd.readouterr().err
    assert left.value.code == 2, said
    assert said.startswith("tune: ")
    assert message in said
    assert len(said.strip().splitlines()) == 1
    assert _files(here) == before
    assert not [path for path in _files(tmp_path / "cache") if "/." in path], "half written"


def _files(folder: Path) -> dict[str, int]:
    """Every file and folder, files with their size; locks and an empty folder for sweeps do not count."""
    return {
        str(path.relative_to(folder)): -1 if path.is_dir() else path.lstat().st_size
        for path in folder.rglob("*")
        if path.name != ".lock" and not (path.name == "sweeps" and path.is_dir() and not _files(path))
    }


def test_the_table_is_as_long_as_was_promised():
    assert len(TABLE) >= 40
