"""The two scripts of an export, put together from what a runtime and what a task needs. They import nothing of ours."""

from __future__ import annotations

from cnnmodels.task_table import answers_pixels

_START = '''"""{says}: python {name} PHOTO...

Needs {package}, pillow and numpy; model and preprocessing.json lie beside this file.
"""

import json
import sys
from pathlib import Path

{imports}

HERE = Path(__file__).resolve().parent
HOW = json.loads((HERE / "preprocessing.json").read_text("utf-8"))
{loaded}


def network(images):
    """{shapes}."""
{called}


def prepared(photo):
    """A photo as the network wants it, float32 [1, 3, height, width]."""
    size = (HOW["size"]["width"], HOW["size"]["height"])
    pixels = np.asarray(photo.resize(size, Image.Resampling.BILINEAR)) / 255{grey}
    return ((pixels - HOW["mean"]) / HOW["std"]).transpose(2, 0, 1)[None].astype(np.float32)


'''
_SCALED = '''def scaled(planes, size):
    """Float32 [channels, height, width] at a photo's own size, width by height."""
    return np.stack([np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR)) for plane in planes])


'''
_GREY = """
    pixels = (pixels @ HOW["grey"])[..., None].repeat(3, axis=2)"""
_MASK = (
    _SCALED
    + '''def answer(photo):
    """The number of the class of each pixel, uint8 [height, width]."""
    return scaled(network(prepared(photo))[0], photo.size).argmax(0).astype(np.uint8)


def tell(path, photo):
    """Save the mask in the colours of the classes."""
    mask = Image.fromarray(answer(photo))
    mask.putpalette([value for one in HOW["classes"] for value in one["color"]])
    mask.save(f"{path.stem}-mask.png")
    print(f"{path.stem}-mask.png")


'''
)
_CLASS = '''def answer(photo):
    """The probability of each class, float32 [classes]."""
    return network(prepared(photo))[0]


def tell(path, photo):
    """Print the class."""
    probabilities = answer(photo)
    print(f"{path}: {HOW['classes'][probabilities.argmax()]['name']} {probabilities.max():.4f}")


'''
_COLORS = (
    _SCALED
    + '''def answer(photo):
    """The photo in colour, uint8 [height, width, 3], each pixel as bright as it was."""
    colors = scaled(network(prepared(photo))[0], photo.size).transpose(1, 2, 0)
    brightness = (np.asarray(photo) / 255 - colors) @ HOW["grey"]
    return ((colors + brightness[..., None]).clip(0, 1) * 255).round().astype(np.uint8)


def tell(path, photo):
    """Save the photo in colour."""
    Image.fromarray(answer(photo)).save(f"{path.stem}-colors.png")
    print(f"{path.stem}-colors.png")


'''
)
_NUMBERS = '''def answer(photo):
    """The network's answer, float32 [channels] or [channels, height, width] at the size of training."""
    return network(prepared(photo))[0]


def tell(path, photo):
    """Save the answer as a file of numpy."""
    np.save(f"{path.stem}-answer.npy", answer(photo))
    print(f"{path.stem}-answer.npy")


'''
_END = """if __name__ == "__main__":
    for name in sys.argv[1:]:
        with Image.open(name) as opened:
            tell(Path(name), ImageOps.exif_transpose(opened).convert("RGB"))
"""
_SAYS = {"segmentation": "Masks of photos", "classification": "Classes of photos", "colorization": "Photos in colour"}
_ANSWERS = {"segmentation": _MASK, "classification": _CLASS, "colorization": _COLORS}
_RUNTIMES = {
    "predict_torch.py": {
        "package": "torch",
        "imports": "import numpy as np\nimport torch\nfrom PIL import Image, ImageOps",
        "loaded": 'NETWORK = torch.export.load(HERE / "model.pt2").module()',
        "called": "    with torch.inference_mode():\n        return NETWORK(torch.from_numpy(images)).numpy()",
    },
    "predict_onnx.py": {
        "package": "onnxruntime",
        "imports": "import numpy as np\nimport onnxruntime\nfrom PIL import Image, ImageOps",
        "loaded": 'SESSION = onnxruntime.InferenceSession(HERE / "model.onnx", providers=["CPUExecutionProvider"])',
        "called": '    return SESSION.run(None, {HOW["input"]["name"]: images})[0]',
    },
}


def predict_scripts(task: str) -> dict[str, str]:
    """The scripts of a task by their names."""
    shape = ", height, width" if answers_pixels(task) else ""
    channels = {"colorization": "3", "classification": "classes", "segmentation": "classes"}.get(task, "channels")
    said = {
        "says": _SAYS.get(task, "Answers to photos"),
        "shapes": f"Float32 [batch, 3, height, width] to float32 [batch, {channels}{shape}]",
        "grey": _GREY if task == "colorization" else "",
    }
    return {
        name: _START.format(name=name, **said, **runtime) + _ANSWERS.get(task, _NUMBERS) + _END
        for name, runtime in _RUNTIMES.items()
    }
