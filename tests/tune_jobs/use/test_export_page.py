"""A winner as one page, in a real browser without a network, against torch; and where the browser's runtime is from."""

import base64
import functools
import hashlib
import http.server
import shutil
import threading

import numpy as np
import pytest
import torch

import tune_jobs
from cnnmodels.checkpoint import load
from cnnmodels.data import default_cache
from cnnmodels.inference.own_size import as_images, scaled
from cnnmodels.inference.photos import read_photo
from cnnmodels.inference.predictor import Predictor
from tests.tune_jobs.use.trained import read_picture, write_photo
from tune_jobs.progress import SilentProgress
from tune_jobs.use import export as exporting
from tune_jobs.use import web_runtime

DROP = """(bytes) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([new Uint8Array(bytes)], "dropped.png", { type: "image/png" }));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""
TASKS = ("segmentation", "classification", "colorization")


@pytest.fixture(scope="module")
def pages(sweeps, tmp_path_factory):
    """The page of each task; the runtime is fetched as people fetch it, or was before."""
    if shutil.which("npm") is None:
        pytest.skip("no npm on this machine to fetch ONNX Runtime Web with")
    out, kept = tmp_path_factory.mktemp("pages"), default_cache() / web_runtime._FILE
    try:
        web_runtime.web_runtime(None, kept.parent, SilentProgress())
    except tune_jobs.UserError as error:
        if "could not be fetched" not in str(error):
            raise
        pytest.skip(str(error))
    return {
        task: tune_jobs.open(sweeps[task].path).export(html=True, runtime=kept, out=out / f"{task}.html").path
        for task in TASKS
    }


@pytest.fixture
def answered(browser, pages):
    """Opens the page of a task from the disk, gives it a photo as a person does, and hears what it found."""
    context = browser.new_context(offline=True)

    def ask(task, photo):
        tab, problems = context.new_page(), []
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("console", lambda said: said.type == "error" and problems.append(said.text))
        tab.goto(pages[task].as_uri())
        tab.locator("#file:enabled").wait_for()
        tab.set_input_files("#file", photo)
        tab.locator(f'#status[data-done="{photo.name}"]').wait_for(state="attached")
        assert problems == []
        return tab

    yield ask
    context.close()


def numbers(tab, name):
    return np.array(tab.evaluate(f"Array.from(answered.{name})"))


def wanted(sweep, photo):
    """What torch says of a photo."""
    spec, pixels = sweep.spec(), read_photo(photo).pixels
    checkpoint = load(sweep.trial_path(sweep.state().ranked(*_objective(spec))[0].trial) / "best.pt")
    predictor = Predictor([checkpoint], spec.data.classes, torch.device("cpu"))
    return predictor.answers(as_images([scaled(pixels, spec.data.image_size)]))[0].numpy().ravel()


def _objective(spec):
    return spec.space.objective.metric, spec.space.objective.mode


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_the_page_says_what_torch_says(answered, sweeps, tmp_path, task):
    for size in ((51, 70), (20, 200)):  # larger than in training; and lower, but wider
        photo = write_photo(tmp_path / f"{size[1]}.png", size, seed=size[1])
        tab = answered(task, photo)
        np.testing.assert_allclose(numbers(tab, "values"), wanted(sweeps[task], photo), atol=5e-3)  # pixels by 1 of 255
        np.testing.assert_allclose(numbers(tab, "values").mean(), wanted(sweeps[task], photo).mean(), atol=1e-3)
        tab.close()


@pytest.mark.slow
def test_people_see_mask_class_or_colours_as_predict_gives_them(answered, sweeps, tmp_path):
    photo = write_photo(tmp_path / "a.png", (51, 70))
    ours = {task: tune_jobs.open(sweeps[task].path).predict(photo, out=tmp_path / task) for task in TASKS}
    tab = answered("segmentation", photo)
    mask = np.asarray(read_picture(ours["segmentation"].folder / "masks" / "a.png")).ravel()
    assert (numbers(tab, "labels") == mask).mean() > 0.99
    assert tab.locator("canvas").count() == 3
    assert {"dark", "bright"} >= set(tab.locator("#table tr td:first-child").all_inner_texts())
    tab = answered("classification", photo)
    row = ours["classification"].table.iloc[0]
    first = tab.locator("#table tr").first.inner_text().split("\t")
    assert first[0] == row["class"]
    assert float(first[1].removesuffix(" %")) == pytest.approx(100 * row["probability"], abs=1)
    tab = answered("colorization", photo)
    colors = np.asarray(read_picture(ours["colorization"].folder / "colors" / "a.png")).astype(int)
    found = numbers(tab, "colors").reshape(51, 70, 4)[..., :3]
    assert np.abs(found - colors).max() <= 3


@pytest.mark.slow
def test_a_file_that_is_no_photo_is_said_and_the_next_one_is_answered_also_where_it_is_dropped(answered, tmp_path):
    photo, broken = write_photo(tmp_path / "a.png", (51, 70)), tmp_path / "broken.png"
    broken.write_text("none")
    tab = answered("classification", photo)
    tab.set_input_files("#file", broken)
    tab.get_by_text("broken.png cannot be shown").wait_for()
    assert tab.locator("#table tr").count() == 0
    tab.evaluate(DROP, list(photo.read_bytes()))
    tab.locator('#status[data-done="dropped.png"]').wait_for(state="attached")
    assert tab.locator("#table tr").count() == 2


def test_the_page_and_its_size_are_told_and_a_large_one_before_it_is_written(pages, sweeps, tmp_path, monkeypatch):
    assert "Copyright (c) Microsoft Corporation" in pages["segmentation"].read_text()
    said = []

    class Heard(SilentProgress):
        def say(self, text):
            said.append((text, (tmp_path / "out.html").exists()))

    monkeypatch.setattr(exporting, "_LARGE_MEGABYTES", 0.1)
    exporting._write_page("x" * 200_000, tmp_path / "out.html", Heard())
    assert said == [
        ("Warning: the page will have 0.2 MB, more than many mailboxes take.", False),
        (f"{tmp_path / 'out.html'}: 0.2 MB; opens offline in any browser of today.", True),
    ]


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A registry on this machine, asked without npm; its folder."""
    folder = tmp_path / "registry"
    (folder / "onnxruntime-web" / "-").mkdir(parents=True)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *told):
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PATH", "")
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_port}/")
        yield folder / "onnxruntime-web" / "-" / web_runtime._FILE
        server.shutdown()


def test_without_npm_the_registry_is_asked_and_what_it_sends_is_checked_and_kept(registry, tmp_path, monkeypatch):
    registry.write_bytes(b"the package")
    with pytest.raises(tune_jobs.UserError, match="another file than the published one; where there is a network: npm"):
        web_runtime._cached(tmp_path / "kept.tgz", SilentProgress())
    assert not (tmp_path / "kept.tgz").exists()
    monkeypatch.setattr(web_runtime, "_SHA512", base64.b64encode(hashlib.sha512(b"the package").digest()).decode())
    assert web_runtime._cached(tmp_path / "kept.tgz", SilentProgress()) == b"the package"
    registry.unlink()
    assert web_runtime._cached(tmp_path / "kept.tgz", SilentProgress()) == b"the package"


def test_without_a_network_one_line_says_what_to_do(registry, sweeps, tmp_path):
    with pytest.raises(tune_jobs.UserError, match=r"registry \(.*\); where there is a network: npm pack .* --runtime"):
        web_runtime._cached(tmp_path / "kept.tgz", SilentProgress())
    (tmp_path / "other.tgz").write_bytes(b"other")
    sweep = tune_jobs.open(sweeps["classification"].path)
    with pytest.raises(tune_jobs.UserError, match=r"--runtime .*other\.tgz: is not onnxruntime-web-.*\.tgz as npm has"):
        sweep.export(html=True, runtime=tmp_path / "other.tgz", out=tmp_path / "out.html")
    with pytest.raises(tune_jobs.UserError, match=r"--runtime .*: is for the page alone; add --html"):
        sweep.export(runtime=tmp_path / "other.tgz", out=tmp_path / "out")
    with pytest.raises(tune_jobs.UserError, match="is a folder; --html takes a file"):
        sweep.export(html=True, out=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.tgz", "registry"]
