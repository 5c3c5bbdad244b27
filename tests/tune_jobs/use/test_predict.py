"""A sweep's winner on photos that it has not seen: what is written, at which size, and what is skipped."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cnnmodels.checkpoint import load
from cnnmodels.data import load as load_data
from cnnmodels.data.sources import decode_photo
from cnnmodels.errors import UserError
from cnnmodels.predict import predict as predict_at_size
from tests.tune_jobs.use.trained import SIZE, read_picture, write_photo
from tune_jobs.progress import SilentProgress
from tune_jobs.use.options import PredictOptions
from tune_jobs.use.predict import predict


class Listening(SilentProgress):
    """Remembers what was said."""

    def __init__(self):
        self.said = []

    def say(self, text):
        self.said.append(text)


def run(sweep, photos, out, **options):
    return predict(sweep, photos, PredictOptions(out=out, **options), SilentProgress())


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    for number, size in enumerate([(48, 64), (60, 33), (24, 32)]):
        write_photo(folder / f"{number}.png", size, seed=number)
    return folder


@pytest.mark.parametrize("tile", [None, "auto", "own"])
def test_masks_are_as_large_as_their_photos_and_have_the_colors_of_the_classes(sweeps, photos, tmp_path, tile):
    found = run(sweeps["segmentation"], [photos], tmp_path / "out", tile=tile)
    assert found.table["image"].tolist() == ["0.png", "1.png", "2.png"]
    for row in found.table.to_dict("records"):
        photo, mask = read_picture(photos / row["image"]), read_picture(tmp_path / "out" / row["mask"])
        assert mask.mode == "P"
        assert mask.size == photo.size == read_picture(tmp_path / "out" / row["overlay"]).size
        colors = [tuple(mask.getpalette()[3 * number : 3 * number + 3]) for number in range(2)]
        assert colors == list(sweeps["segmentation"].spec().data.colors)
        shares = np.bincount(np.asarray(mask).ravel(), minlength=2) / np.asarray(mask).size
        assert [row["share(dark)"], row["share(bright)"]] == pytest.approx(shares.tolist(), abs=1e-6)
        assert 0.5 <= row["mean_probability"] <= 1


def test_a_photo_at_the_size_of_training_gets_the_answer_that_training_measured(sweeps, photos, cache, tmp_path):
    sweep = sweeps["segmentation"]
    run(sweep, [photos / "2.png"], tmp_path / "out")
    weights = load(sweep.trial_path(winner(sweep)) / "best.pt")
    image = decode_photo(photos / "2.png", SIZE).transpose(2, 0, 1)[None]
    wanted = predict_at_size(weights, load_data(sweep.spec().space.data, cache, "segmentation"), image)[0]
    assert (np.asarray(read_picture(tmp_path / "out" / "masks" / "2.png")) == wanted).mean() > 0.999


def test_a_trained_network_finds_the_bright_part_of_a_larger_photo_however_it_is_cut(sweeps, tmp_path):
    pixels = np.full((96, 200, 3), 80, dtype=np.uint8)
    pixels[:, 90:] = 140
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    for tile in (None, "auto", "own"):
        run(sweeps["segmentation"], [tmp_path / "wide.png"], tmp_path / "out", tile=tile)
        mask = np.asarray(read_picture(tmp_path / "out" / "masks" / "wide.png"))
        assert (mask == (pixels[..., 0] > 100)).mean() > 0.9, tile


def winner(sweep):
    return sweep.state().ranked("val_miou", "max")[0].trial


def test_classes_have_probabilities_that_sum_to_one_in_both_tables(sweeps, birds, tmp_path):
    found = run(sweeps["classification"], [birds / "test"], tmp_path / "out")
    read = pd.read_csv(tmp_path / "out" / "predictions.csv")
    assert len(read) == 14
    assert np.allclose(read[["p(blue)", "p(red)"]].sum(axis=1), 1, atol=1e-4)
    right = read["class"] == read["image"].str.partition("/")[0]
    assert right.mean() > 0.8
    assert (read["probability"] - read[["p(blue)", "p(red)"]].max(axis=1)).abs().max() < 1e-5
    parquet = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    assert parquet["class"].tolist() == read["class"].tolist() == found.table["class"].tolist()


def test_a_colored_photo_is_as_bright_as_it_was(sweeps, photos, tmp_path):
    for tile in (None, "auto", "own"):
        found = run(sweeps["colorization"], [photos], tmp_path / "out", tile=tile)
        assert found.table["colored"].tolist() == ["colors/0.png", "colors/1.png", "colors/2.png"]
        for name in ("0.png", "1.png"):
            grey = np.asarray(read_picture(photos / name).convert("L")).astype(int)
            colored = read_picture(tmp_path / "out" / "colors" / name)
            assert colored.mode == "RGB"
            assert np.median(abs(np.asarray(colored.convert("L")).astype(int) - grey)) <= 2


def test_a_grey_photo_of_16_bits_and_one_with_transparency_are_answered(sweeps, tmp_path):
    Image.fromarray(np.linspace(0, 65535, 48 * 64).reshape(48, 64).astype(np.uint16)).save(tmp_path / "a.png")
    Image.fromarray(np.full((48, 64, 4), 100, dtype=np.uint8)).save(tmp_path / "b.png")
    found = run(sweeps["segmentation"], [tmp_path / "a.png", tmp_path / "b.png"], tmp_path / "out")
    assert not len(found.skipped)


def test_broken_files_are_named_and_skipped(sweeps, photos, tmp_path):
    (photos / "1.png").write_bytes((photos / "1.png").read_bytes()[:200])
    (photos / "3.jpg").write_text("no photo")
    hears = Listening()
    found = predict(sweeps["segmentation"], [photos], PredictOptions(out=tmp_path / "out"), hears)
    assert found.skipped["image"].tolist() == ["1.png", "3.jpg"]
    skipped = [line for line in hears.said if line.startswith("Skipped: ")]
    assert [str(photos / name) in line for name, line in zip(("1.png", "3.jpg"), skipped, strict=True)] == [True] * 2
    assert sorted(path.name for path in (tmp_path / "out" / "masks").iterdir()) == ["0.png", "2.png"]
    assert pd.read_csv(tmp_path / "out" / "predictions.csv")["problem"].notna().tolist() == [False, True, False, True]
    only_broken = run(sweeps["classification"], [photos / "1.png"], tmp_path / "none")
    assert len(only_broken.skipped) == len(only_broken.table) == 1


def test_it_is_said_how_photos_become_the_size_of_training(sweeps, photos, tmp_path):
    said = {}
    for tile in (None, "auto", "own"):
        hears = Listening()
        predict(sweeps["segmentation"], [photos], PredictOptions(out=tmp_path / "out", tile=tile), hears)
        said[tile] = " ".join(hears.said)
    assert "scaled to 24x32 pixels (height x width) as in training" in said[None]
    assert "keep their shape" in said["auto"]
    assert "Photos are cut into overlapping tiles of 24x32" in said["own"]
    assert "trial 000" in said[None]
    assert "at epoch" in said[None]


def test_an_ensemble_averages_all_kept_trials_and_flips_change_the_answer(sweeps, photos, tmp_path):
    def sure(**options):
        return run(sweeps["segmentation"], [photos], tmp_path / "out", **options).table["share(bright)"].tolist()

    alone = [sure(trial="0000"), sure(trial="0001")]
    assert sure(ensemble=True) not in alone
    assert sure(tta=True) not in alone
    assert sure() in alone


def test_one_class_photo_gets_the_mean_of_the_ensemble(sweeps, birds, tmp_path):
    one = run(sweeps["classification"], [birds / "test"], tmp_path / "a")
    together = run(sweeps["classification"], [birds / "test"], tmp_path / "b", ensemble=True)
    pd.testing.assert_frame_equal(one.table, together.table)  # one trial only


REFUSED = [
    ({"tile": "auto"}, "classification", "a class is of a whole photo"),
    ({"tile": "sideways"}, "segmentation", "--tile sideways: use auto or own"),
    ({"trial": "0007"}, "segmentation", "no such trial; there are 0000, 0001"),
    ({"trial": "0000", "ensemble": True}, "segmentation", "one network is no ensemble"),
]


@pytest.mark.parametrize(("options", "task", "message"), REFUSED)
def test_what_cannot_work_is_refused_before_anything_is_written(sweeps, photos, tmp_path, options, task, message):
    with pytest.raises(UserError, match=message):
        run(sweeps[task], [photos], tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_an_out_that_is_a_file_is_refused(sweeps, photos, tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UserError, match=r"cannot be written \(.*\); choose another --out"):
        run(sweeps["segmentation"], [photos], tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"
