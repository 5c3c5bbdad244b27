"""A network as one HTML file that runs it offline in a browser, through ONNX Runtime Web."""

from __future__ import annotations

import base64
import gzip
import html
import re
from dataclasses import dataclass
from importlib import resources

_SAYS = {
    "segmentation": "Shows the class of every pixel of a photo.",
    "classification": "Says the class of a photo.",
    "colorization": "Puts colours on a photo, from its brightness alone.",
}


@dataclass(frozen=True)
class WebRuntime:
    """What runs ONNX in a browser."""

    script: bytes  # defines `ort`
    glue: bytes  # a module that starts the program
    program: bytes  # WebAssembly
    licence: str


def page(title: str, task: str, how: bytes, model: bytes, runtime: WebRuntime) -> str:
    """The HTML.

    Args:
        title: for people.
        task: what the network is for.
        how: the content of `preprocessing.json`.
        model: the network as ONNX.
        runtime: what runs it.
    """
    template = resources.files("cnnmodels.export").joinpath("page.html").read_text("utf-8")
    parts = {
        "TITLE": html.escape(title),
        "SAYS": _SAYS[task],
        "LICENCE": html.escape(runtime.licence),
        "HOW": how.decode().replace("<", "\\u003c"),
        "ORT": _packed(runtime.script),
        "GLUE": _packed(runtime.glue),
        "WASM": _packed(runtime.program),
        "MODEL": _packed(model),
    }
    return re.sub(r"@([A-Z]+)@", lambda found: parts[found[1]], template)


def _packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 6, mtime=0)).decode()
