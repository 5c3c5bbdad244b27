"""Every packaged space trains for real: two trials of two epochs, on generated images and on its real layout."""

from __future__ import annotations

import io

import pytest
import torch
from rich.console import Console
from torchvision.models import resnet18

from reports.analysis.summary import train_again_command
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from search_spaces.loading import packaged
from tests.tune_jobs.sweeps import nothing_lost
from tune_jobs.ablate import ablate
from tune_jobs.cli.last_words import conclude
from tune_jobs.cluster.cluster import connect
from tune_jobs.driver import launch
from tune_jobs.launch_options import LaunchOptions
from tune_jobs.launch_target import LaunchTarget
from tune_jobs.progress import SilentProgress, TerminalProgress

pytestmark = pytest.mark.slow
SMALL = ["data.images=24", "data.image_size=[32,48]", "budget.trials=2", "budget.max_epochs=2"]
FEW_IMAGES = ["search.batch_size={choice: [4, 8], default: 4}"]
WIDTHS = {"voc_resnet18": 64}
REAL = {"cls_resnet18": "birds12", "seg_fcn32": "lyft", "seg_unet": "camvid", "color_unet": "landscapes"}


@pytest.fixture(scope="module", autouse=True)
def ray_started_once():
    with connect():
        yield


@pytest.fixture(scope="module")
def where(tmp_path_factory):
    return LaunchTarget(tmp_path_factory.mktemp("storage"), tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file in the format of torchvision's ImageNet weights."""
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    torch.manual_seed(0)
    torch.save(resnet18().state_dict(), path)
    return path


def run(space: str, where: LaunchTarget, *overrides: str, name: str) -> tuple[int, SweepFolder, str]:
    said = io.StringIO()
    few = FEW_IMAGES if space in ("cls_resnet18", "seg_fcn32") else []
    changes = (*SMALL, *few, f"fixed.width={WIDTHS.get(space, 8)}", *overrides)
    console, options = Console(file=said, width=120), LaunchOptions(space, name=name, overrides=changes)
    result = launch(options, TerminalProgress(console), command=f"tune launch {space}", target=where)
    return conclude(result, console), SweepFolder(where.storage / name), said.getvalue()


@pytest.mark.parametrize("space", packaged())
def test_a_space_runs_with_no_data_at_hand(space, where, weights):
    extra = [f"fixed.backbone={weights}"] if space == "voc_resnet18" else []
    code, folder, said = run(space, where, *extra, name=space)
    assert code == 0, said
    nothing_lost(folder.state(), folder, requested=2)
    metric = folder.spec().space.objective.metric
    assert folder.state().trials["0000"].best(metric, "max") is not None
    html = folder.report_path.read_text()
    assert "What does it look like?" in html
    command = train_again_command(folder.spec(), folder.state().trials["0000"].config)
    assert f"tune launch {space}" in command


@pytest.mark.parametrize(("space", "data"), REAL.items())
def test_a_space_runs_on_its_real_layout(space, data, where, shared_data):
    code, folder, said = run(space, where, f"data.path={shared_data / data}", name=f"{space}-real")
    assert code == 0, said
    nothing_lost(folder.state(), folder, requested=2)


def test_the_best_of_a_classification_sweep_is_the_trunk_of_a_transfer(where):
    code, trunk, _ = run("cls_resnet18", where, name="trunk")
    assert code == 0
    code, folder, said = run("voc_resnet18", where, "fixed.width=8", "fixed.backbone=sweep:trunk", name="on-top")
    assert code == 0, said
    assert folder.state().trials["0000"].config["backbone"].startswith(str(trunk.path))


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        ("sweep:nothing", "no sweep called 'nothing' here"),
        ("/nowhere/resnet18.pth", r"backbone: /nowhere/resnet18.pth: no such file"),
        ("imagenet", r"no ImageNet weights on this machine.*--weights resnet18.pth.*sweep:NAME"),
    ],
)
def test_a_backbone_that_is_not_there_is_refused_before_any_trial(backbone, message, where, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("torch.hub.download_url_to_file", _no_network)
    with pytest.raises(Exception, match=f"(?s){message}"):
        run("voc_resnet18", where, f"fixed.backbone={backbone}", name="refused")
    assert not (where.storage / "refused").exists()


def _no_network(*arguments, **options):
    raise OSError("no route to host")


def test_weights_of_another_width_are_refused(where, weights):
    with pytest.raises(Exception, match=r"has width 64, the network has 8; set fixed.width to 64"):
        run("voc_resnet18", where, f"fixed.backbone={weights}", "fixed.width=8", name="refused")


@pytest.mark.parametrize("ladder", [False, True])
def test_an_ablation_takes_the_best_configuration_apart(ladder, where):
    name = f"apart-{ladder}"
    knobs = ["search.lr={choice: [0.0001, 0.01], default: 0.0001}", "fixed.optimizer=adam"]
    run("seg_unet", where, *knobs, "budget.trials=4", "budget.reduction_factor=null", name=name)
    folder = SweepFolder(where.storage / name)
    said = io.StringIO()
    console = Console(file=said, width=160)
    result = ablate(folder, where, TerminalProgress(console), seeds=2, ladder=ladder, command="tune ablate")
    code = conclude(result, console)
    assert code == 0, said.getvalue()
    ablation = SweepFolder(where.storage / f"{name}-{'ladder' if ladder else 'ablation'}")
    plan = ablation.spec().plan
    state = ablation.state()
    assert len(state.finished) == len(plan)
    assert {name: trial.config for name, trial in state.trials.items()} == {
        f"{number:04d}": planned.config for number, planned in enumerate(plan)
    }
    assert {trial.reason for trial in state.trials.values()} == {"completed"}
    assert "verdict" in said.getvalue()
    assert "What each setting is worth" in ablation.report_path.read_text()


def test_a_default_that_won_cannot_be_taken_apart(where):
    run("seg_unet", where, "budget.trials=1", name="alone")
    with pytest.raises(SweepError, match="is the default; nothing to take apart"):
        ablate(
            SweepFolder(where.storage / "alone"),
            where,
            SilentProgress(),
            seeds=2,
            ladder=False,
            command="tune ablate",
        )
