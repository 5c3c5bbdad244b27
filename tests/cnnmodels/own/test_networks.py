import importlib
import sys

import pytest

from cnnmodels.config import describe, knobs_of, parse
from cnnmodels.data import DataSpec, load
from cnnmodels.errors import ConfigError
from cnnmodels.knob_table import row_of
from cnnmodels.models import MODELS
from cnnmodels.networks import build
from cnnmodels.own.networks import use_network
from cnnmodels.training import fit
from tests.own_code import NETS, write_own

NAME = "strange_nets:TinyNet"


def use(folder, nets=NETS):
    write_own(folder, nets)
    return use_network(NAME, [folder])


def test_the_fields_of_its_configuration_are_knobs_with_range_unit_and_default(tmp_path):
    use(tmp_path)
    assert {"filters", "dropout", "norm", "lr"} <= set(knobs_of("segmentation", NAME))
    assert "width" not in knobs_of("segmentation", NAME)
    row = row_of("filters", NAME)
    assert (row.kind, row.range, row.unit, row.default) == ("whole number", "from 4 to 64", "channels", "8")
    assert row_of("norm", NAME).range == "batch, none"
    assert describe("dropout", NAME) == "share of the last channels dropped"
    assert describe("dropout", "unet") == "share of the deepest features dropped in training"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"filters": 2}, "filters: must be greater than or equal to 4, got 2"),
        ({"filters": 7}, "filters: must be a multiple of 2, got 7"),
        ({"dropout": 0.9}, "dropout: must be less than 0.9"),
        ({"width": 8, "filters": True}, "filters: must be a number"),
    ],
)
def test_a_value_is_checked_as_one_of_ours(tmp_path, values, words):
    use(tmp_path)
    with pytest.raises(ConfigError, match=words):
        parse({"model": NAME, **values})


def test_it_trains_as_ours_do(tmp_path):
    use(tmp_path)
    data = load(DataSpec(name="streets", images=20, image_size=(24, 32)), tmp_path, "segmentation")
    config = parse({"model": NAME, "filters": 4, "epochs": 1, "batch_size": 4})
    (epoch,) = fit(config, data)
    assert epoch.metrics["parameters"] == 3 * 4 * 9 + 4 + 2 * 4 + 4 * len(data.classes) + len(data.classes)
    assert epoch.checkpoint.config["filters"] == 4
    assert build(parse({"model": NAME}), 3).layers[1].p == 0.1  # its own dropout, not that of our networks


@pytest.mark.parametrize(
    ("nets", "words"),
    [
        (NETS.replace("class TinyNet", "class Other"), "strange_nets.py has no TinyNet"),
        (NETS.replace("import nn", "import nm"), r"cannot be imported: ImportError: .*strange_nets.py, line 5"),
        (NETS + "\nraise SystemExit(3)", r"cannot be imported: SystemExit: 3 \(.*strange_nets.py, line"),
        (NETS.replace("super().", "super("), r"SyntaxError: .*strange_nets.py, line"),
        (NETS.replace("config: TinyConfig", "config"), "has no configuration; it takes"),
        (NETS.replace("filters:", "lr:"), "TinyConfig.lr: every training run has a setting of this name"),
        (NETS.replace('Literal["batch", "none"]', "object"), "TinyConfig.norm: is of a type that no space file"),
        (NETS.replace('= Field("batch",', "= Field("), "TinyConfig.norm: has no default"),
        (NETS.replace("8, ge=4", "2, ge=4"), "TinyConfig.filters: must be greater than or equal to 4, got 2, as its"),
        (NETS.replace('{"segmentation"}', '{"depth"}'), "tasks: no such task: depth; use classification"),
        (NETS.replace("class TinyNet", "TinyNet = 3\nclass Other"), "is no class of a network, but int"),
    ],
)
def test_what_is_no_network_is_refused_in_a_line(tmp_path, nets, words):
    with pytest.raises(ConfigError, match=words) as refused:
        use(tmp_path, nets)
    assert "\n" not in str(refused.value)
    assert NAME not in MODELS


def test_a_missing_module_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(ConfigError, match=f"No module named 'strange_'; looked in {tmp_path}, and among"):
        use_network("strange_:Net", [tmp_path])


def test_a_file_that_was_edited_is_imported_anew_and_one_that_was_not_stays(tmp_path):
    use(tmp_path)
    first = sys.modules["strange_nets"]
    use(tmp_path)
    assert sys.modules["strange_nets"] is first
    use(tmp_path, NETS.replace("8, ge=4", "16, ge=4"))
    assert row_of("filters", NAME).default == "16"
    (tmp_path / "strange_layers.py").write_text("layer = None")  # beside it, and imported by it
    use_network(NAME, [tmp_path])
    assert sys.modules["strange_layers"].layer is None


def test_of_two_folders_the_first_counts(tmp_path):
    use(tmp_path / "a", NETS.replace("8, ge=4", "16, ge=4"))
    write_own(tmp_path / "b")
    use_network(NAME, [tmp_path / "b", tmp_path / "a"])
    assert row_of("filters", NAME).default == "8"


def test_an_installed_package_may_give_it_a_name(tmp_path, monkeypatch):
    write_own(tmp_path)
    (tmp_path / "tiny-1.0.dist-info").mkdir()
    (tmp_path / "tiny-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
    (tmp_path / "tiny-1.0.dist-info" / "entry_points.txt").write_text(f"[cnn_tune.models]\ntiny = {NAME}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    assert use_network("tiny") == NAME
    assert parse({"model": "tiny"}).model_dump()["filters"] == 8


def test_ours_and_unknown_names_are_left_alone():
    assert use_network("unet") is None
    assert use_network("nothing") is None


def test_a_network_whose_code_is_not_loaded_is_not_imported_by_reading():
    with pytest.raises(ConfigError, match="somebody's own, whose code is not loaded here"):
        parse({"model": NAME})
