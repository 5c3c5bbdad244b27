"""The README.md of an exported network: what it is, what it was trained on, how good it is, and how it is used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Any

from cnnmodels.config import knobs_of
from cnnmodels.export.programs import OPSET, Programs
from reports.analysis.formatting import in_a_word, number, percent
from reports.pages.evaluation import JSON
from reports.records.folder import SweepFolder
from reports.records.plain_files import read_plain
from reports.records.spec import SweepSpec
from reports.records.state import SweepState
from tune_jobs.use.weights import TrainedWeights

_VERSIONS = ("cnn-tune", "torch", "torchvision", "onnx", "onnxscript", "onnxruntime", "numpy", "pillow")
_SAYS = {
    "segmentation": "the class of every pixel of a photo",
    "classification": "the class of a photo",
    "colorization": "the colours of a grey photo",
}
_MADE = {
    "segmentation": "writes `PHOTO-mask.png`",
    "classification": "prints the class",
    "colorization": "writes `PHOTO-colors.png`",
}


def model_card(folder: SweepFolder, weights: TrainedWeights, config: Mapping[str, Any], programs: Programs) -> str:
    """Markdown.

    Args:
        folder: of the sweep.
        weights: which of its networks.
        config: that the network was trained with.
        programs: what was exported.
    """
    spec, state = folder.spec(), folder.state()
    parts = [
        f"# {folder.name}: {spec.space.model} for {spec.space.task}\n\nSays {_says(spec.space.task)}. The network is "
        f"that of {weights.in_words} of the sweep {folder.name}.",
        _files(spec, programs),
        _use(spec, programs),
        _data(spec),
        _metrics(folder, weights, state, spec),
        f"## Is it the best?\n\n{_confirmed(state, weights, spec)}",
        _configuration(spec, config),
        _versions(spec),
        f"## Licence\n\n{_licence(spec, config)}",
    ]
    return "\n\n".join(parts) + "\n"


def _says(task: str) -> str:
    return _SAYS.get(task, f"what {task} asks of a photo")


def _made(task: str) -> str:
    return _MADE.get(task, "writes `PHOTO-answer.npy`")


def _files(spec: SweepSpec, programs: Programs) -> str:
    size = "any size" if programs.any_size else f"{spec.data.size_in_words} pixels (height x width)"
    return f"""## Files

| file | what |
|---|---|
| `model.onnx` | ONNX, opset {OPSET}: any number of images of {size} |
| `model.pt2` | the same for `torch.export.load`, on the CPU; torch {_version("torch")} or newer |
| `weights.safetensors` | the weights alone, by the names that {spec.space.model} of cnn-tune gives them |
| `preprocessing.json` | size, normalization, names and colours of the classes |
| `predict_onnx.py`, `predict_torch.py` | a photo in, an answer out |

On random images the answers of both models differ from the trained network's by at most {programs.difference:.1e}."""


def _use(spec: SweepSpec, programs: Programs) -> str:
    scaled = "; its answer is scaled back" if spec.space.task in ("segmentation", "colorization") else ""
    other = "The models take other sizes too, which they were not trained on. " if programs.any_size else ""
    return f"""## Use

```
pip install onnxruntime pillow numpy && python predict_onnx.py PHOTO...
pip install torch pillow numpy && python predict_torch.py PHOTO...
```

Each {_made(spec.space.task)}, where it runs. A photo is scaled to {spec.data.size_in_words} pixels (height x width), as
in training{scaled}. {other}What is transparent, and grey of 16 bits, is to be made plain RGB beforehand."""


def _data(spec: SweepSpec) -> str:
    counts = ", ".join(f"{count} {split}" for split, count in spec.data.counts.items())
    rows = [("layout", spec.data.layout), ("images", counts), ("size", f"{spec.data.size_in_words} (height x width)")]
    if spec.data.classes:
        rows.append(("classes", ", ".join(spec.data.classes)))
    rows.append(("fingerprint", spec.data.fingerprint))
    return f"## Trained on\n\n{_table(('what', 'found'), rows)}"


def _metrics(folder: SweepFolder, weights: TrainedWeights, state: SweepState, spec: SweepSpec) -> str:
    measured = "\n\n".join(_evaluated(folder, weights))
    if measured:
        return f"## How good it is\n\n{measured}"
    objective, training = spec.space.objective, weights.training
    trial = state.trials.get(weights.trial) if training is None else training.state()
    if weights.saw_val and training is not None:
        return (
            "## How good it is\n\nNo figures, since it was trained on the validation images too; "
            f"`tune evaluate {folder.name} --training {training.name}` measures it on test images."
        )
    best = trial and trial.best(objective.metric, objective.mode)
    recorded = trial.epochs[best[0]].metrics if trial and best else {}
    shown = {name: value for name, value in recorded.items() if name.startswith("val_") and value is not None}
    rows = [(f"`{name}`", number(value)) for name, value in shown.items()]
    return f"""## How good it is

{_table(("metric", "value"), rows)}

Figures of the validation images, which have chosen this network among the trials, so they are too good. `tune evaluate
{folder.name}` gives those of test images, with intervals."""


def _evaluated(folder: SweepFolder, weights: TrainedWeights) -> Iterator[str]:
    """What `tune evaluate` has found of this network."""
    for split, images in (("test", "test images"), ("val", "validation images, which have chosen it: too good")):
        try:
            found = json.loads(read_plain((weights.training or folder).path / "evaluation" / split / JSON))
            if found["trial"] != weights.trial:
                continue
            rows = [(f"`{row['metric']}`", number(row["value"]), _interval(row)) for row in found["metrics"]]
            yield f"On {found['images']} {images}:\n\n{_table(('metric', 'value', '95 % interval'), rows)}"
        except (OSError, ValueError, KeyError, TypeError):  # none, or not ours
            continue


def _interval(row: Mapping[str, Any]) -> str:
    return "-" if row["low"] is None else f"{number(row['low'])} to {number(row['high'])}"


def _confirmed(state: SweepState, weights: TrainedWeights, spec: SweepSpec) -> str:
    found, count = state.confirmed, len(state.trials)
    if found is None and count == 1:
        return "Not confirmed: it is of the only trial, trained once with one seed."
    if found is None:
        return (
            f"Not confirmed: the best of {count} trials, each trained once with one seed. `tune confirm {spec.name}` "
            "repeats those that cannot be told apart."
        )
    if found.trial != weights.trial:
        return f"No: {found.by} found the configuration of trial {found.trial} to be better."
    metric = spec.space.objective.metric
    reached = (
        f"{metric} {number(found.mean)} (95 % interval {number(found.low)} to {number(found.high)}) over {found.runs} "
        f"fresh seeds, the best of the candidates with a probability of {percent(found.probability)}"
    )
    return f"{'Confirmed' if found.decided else 'Not decided'} by {found.by}: {reached}."


def _configuration(spec: SweepSpec, config: Mapping[str, Any]) -> str:
    knobs = [*knobs_of(spec.space.task, spec.space.model), "epochs", "seed"]
    rows = [(f"`{knob}`", in_a_word(config[knob])) for knob in knobs if knob in config]
    return f"## Trained with\n\n{_table(('knob', 'value'), rows)}"


def _versions(spec: SweepSpec) -> str:
    rows = [(name, spec.versions.get(name, "-"), _version(name)) for name in _VERSIONS]
    return f"## Versions\n\n{_table(('package', 'when the sweep began', 'when it was exported'), rows)}"


def _version(package: str) -> str:
    return metadata.version(package)


def _licence(spec: SweepSpec, config: Mapping[str, Any]) -> str:
    started = ""
    if config.get("backbone") == "imagenet" and "backbone" in knobs_of(spec.space.task, spec.space.model):
        started = " It started from torchvision's weights, which were trained on ImageNet; its terms count too."
    if spec.space.data.is_generated:
        return f"The images are generated by cnn-tune; nobody else has rights in them.{started}"
    return (
        "Unknown: nothing in the folder of images was read as their terms. Ask whoever they are from before you pass "
        f"this network on.{started}"
    )


def _table(head: tuple[str, ...], rows: list[Any]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
