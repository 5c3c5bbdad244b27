"""What the cache holds, and what may go."""

from filelock import FileLock

from cnnmodels.data import load
from search_spaces.loading import load as load_space
from tune_jobs.housekeeping.decoded import clear, parts_of


def test_decoded_images_go_and_are_made_again_and_copies_of_sweeps_stay(tmp_path):
    space = load_space("seg_unet", ["data.images=6", "data.image_size=[24,32]"])
    before = load(space.data, tmp_path, space.task)
    (tmp_path / "storage" / "copy").mkdir(parents=True)
    (tmp_path / "storage" / "copy" / "record.jsonl").write_text("not sent yet")
    sizes = {part.path.name: part.size_bytes for part in parts_of(tmp_path)}
    assert sizes["packed"] > 6 * 24 * 32 * 3
    assert sizes["storage"] > 0
    assert clear(tmp_path) > 6 * 24 * 32 * 3
    assert list((tmp_path / "packed").iterdir()) == []
    assert (tmp_path / "storage" / "copy" / "record.jsonl").exists()
    assert before.train.images[0].any(), "whoever has mapped them keeps them"
    assert load(space.data, tmp_path, space.task).fingerprint == before.fingerprint


def test_what_is_being_decoded_stays(tmp_path):
    (tmp_path / "packed" / "abc").mkdir(parents=True)
    with FileLock(tmp_path / "packed" / "abc.lock"):
        assert clear(tmp_path) == 0
    assert (tmp_path / "packed" / "abc").is_dir()
