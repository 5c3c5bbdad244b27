"""`tune export`: a sweep's winner as a folder that needs nothing of ours, or as a page that runs it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from cnnmodels.checkpoint import load
from cnnmodels.data import default_cache
from cnnmodels.export.folder import exported
from cnnmodels.export.page import WebRuntime, page
from cnnmodels.export.programs import OPSET, Programs
from cnnmodels.task_table import is_own
from reports.records.atomic_write import write_atomically
from reports.records.errors import SweepError
from reports.records.folder import SweepFolder
from tune_jobs.own_code import use_kept_code
from tune_jobs.progress import Progress
from tune_jobs.use.model_card import model_card
from tune_jobs.use.options import ExportOptions
from tune_jobs.use.web_runtime import web_runtime
from tune_jobs.use.weights import chosen_weights

_CARD, _OF_AN_EXPORT = "README.md", "preprocessing.json"
_LARGE_MEGABYTES = 30
_NEEDED = ("onnx", "onnxscript", "onnxruntime")


@dataclass(frozen=True)
class Export:
    """What was written."""

    path: Path  # the folder, or the page
    programs: Programs


def export(folder: SweepFolder, options: ExportOptions, progress: Progress) -> Export:
    """Write weights, a torch program, ONNX, what to know beside them, a model card and two scripts; or one page.

    Args:
        folder: of the sweep.
        options: which network, and where it goes.
        progress: hears how it gets on.

    Raises:
        UserError: there is no such trial, no weights, a package is missing or cannot be fetched, the network cannot be
            exported, or the folder holds something else.
    """
    _refuse_without_packages()
    out = options.out or Path("exports") / (f"{folder.name}.html" if options.html else folder.name)
    runtime = _runtime(out, options, progress)
    weights = chosen_weights(folder, options.trial, options.training)
    spec = use_kept_code(folder, folder.spec())
    if options.html and is_own(spec.space.task):
        raise SweepError(f"--html: the page cannot show answers of {spec.space.task}; without it, a folder is written")
    checkpoint = load(weights.path)
    progress.say(f"Network of {spec.name}: {weights.in_words}.")
    with progress.doing("Exporting, and comparing the answers"):
        found = exported(checkpoint, spec.data.image_size, spec.data.classes, spec.data.colors)
    progress.say(_in_words(found.programs, spec.data.size_in_words))
    if runtime is not None:
        how, model = found.files["preprocessing.json"], found.files["model.onnx"]
        _write_page(page(f"{folder.name}: {spec.space.task}", spec.space.task, how, model, runtime), out, progress)
        return Export(out, found.programs)
    card = model_card(folder, weights, checkpoint.config, found.programs)
    _write({**found.files, _CARD: card.encode("utf-8", "backslashreplace")}, out)
    return Export(out, found.programs)


def _refuse_without_packages() -> None:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise SweepError(f"tune export needs {' and '.join(missing)}: pip install 'cnn-tune[export]'")


def _runtime(out: Path, options: ExportOptions, progress: Progress) -> WebRuntime | None:
    """What a page needs; none for a folder.

    Raises:
        SweepError: `out` is something else, or it cannot be had.
    """
    if options.html:
        if out.is_dir():
            raise SweepError(f"--out {out}: is a folder; --html takes a file")
        return web_runtime(options.runtime, default_cache(), progress)
    if options.runtime is not None:
        raise SweepError(f"--runtime {options.runtime}: is for the page alone; add --html")
    _refuse_other_content(out)
    return None


def _refuse_other_content(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise SweepError(f"--out {out}: is a file; it takes a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / _OF_AN_EXPORT).exists():
        raise SweepError(f"--out {out}: holds something else than an export; choose another folder")


def _write(files: Mapping[str, bytes], out: Path) -> None:
    """Write beside, then take the place of an earlier export, so that a folder never holds parts of two.

    Raises:
        SweepError: it cannot be written.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as beside:
            made, earlier = Path(beside) / "made", Path(beside) / "earlier"
            made.mkdir()
            for name, content in files.items():
                with (made / name).open("wb") as file:
                    file.write(content)
                    os.fsync(file.fileno())
            if out.is_dir():
                out.replace(earlier)
            made.replace(out)
    except OSError as error:
        raise SweepError(f"{out}: cannot be written ({error.strerror}); choose another --out") from None


def _write_page(content: str, out: Path, progress: Progress) -> None:
    """
    Raises:
        SweepError: it cannot be written.
    """
    megabytes = len(content.encode()) / 1e6
    if megabytes > _LARGE_MEGABYTES:
        progress.say(f"Warning: the page will have {megabytes:.1f} MB, more than many mailboxes take.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out, content)
    except OSError as error:
        raise SweepError(f"{out}: cannot be written ({error.strerror}); choose another --out") from None
    progress.say(f"{out}: {megabytes:.1f} MB; opens offline in any browser of today.")


def _in_words(programs: Programs, size: str) -> str:
    sizes = (
        "of any size" if programs.any_size else f"of {size} pixels (height x width), as this network allows no other"
    )
    return (
        f"ONNX opset {OPSET} and a torch program, for any number of images {sizes}; their answers differ from the "
        f"network's by at most {programs.difference:.1e}."
    )
