"""ONNX Runtime Web: one version of the npm package, fetched once, its content checked before it is used."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request
from pathlib import Path

from cnnmodels.export.page import WebRuntime
from reports.records.atomic_write import write_atomically
from reports.records.errors import SweepError
from tune_jobs.progress import Progress

_NAME, _VERSION = "onnxruntime-web", "1.30.0"
_FILE = f"{_NAME}-{_VERSION}.tgz"
_SHA512 = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="  # as npm has it
_REGISTRY = "https://registry.npmjs.org"
_TIMEOUT_SECONDS = 300
_PARTS = ("ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
_OTHERWISE = f"where there is a network: npm pack {_NAME}@{_VERSION}; then give the file here: --runtime {_FILE}"
_LICENCE = f"""ONNX Runtime Web {_VERSION}, https://github.com/microsoft/onnxruntime

MIT License

Copyright (c) Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def web_runtime(given: Path | None, cache: Path, progress: Progress) -> WebRuntime:
    """What runs ONNX in a browser.

    Args:
        given: the package as a file; without it, it is fetched into the cache, unless it is there.
        cache: a folder that can be written.
        progress: hears that it is fetched.

    Raises:
        SweepError: it cannot be read or fetched, or is not that package.
    """
    content = _read(given, "--runtime") if given else _cached(cache / _FILE, progress)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        script, glue, program = (_member(archive, f"package/dist/{name}") for name in _PARTS)
    return WebRuntime(script, glue, program, _LICENCE)


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file is not None  # the sum says that it is there
    return file.read()


def _cached(kept: Path, progress: Progress) -> bytes:
    if kept.is_file() and _is_it(content := kept.read_bytes()):
        return content
    with progress.doing(f"Fetching {_FILE} (33 MB, once)"):
        content = _by_npm() if shutil.which("npm") else _by_http()
    if not _is_it(content):
        raise SweepError(f"{_FILE}: what the registry sent is another file than the published one; {_OTHERWISE}")
    write_atomically(kept, content)
    return content


def _read(path: Path, option: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SweepError(f"{option} {path}: cannot be read ({error.strerror}); {_OTHERWISE}") from None
    if not _is_it(content):
        raise SweepError(f"{option} {path}: is not {_FILE} as npm has it, or is damaged; {_OTHERWISE}")
    return content


def _is_it(content: bytes) -> bool:
    return base64.b64encode(hashlib.sha512(content).digest()).decode() == _SHA512


def _by_npm() -> bytes:
    """npm knows the registry, the proxy and the certificates of this machine."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "npm",
            "pack",
            f"{_NAME}@{_VERSION}",
            "--loglevel=error",
            "--fetch-retries=1",
            "--pack-destination",
            folder,
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_SECONDS, cwd=folder
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _unreachable(type(error).__name__) from None
        made = Path(folder) / _FILE
        if done.returncode or not made.is_file():
            raise _unreachable(done.stderr.partition("\n")[0] or f"npm ended with {done.returncode}")
        return made.read_bytes()


def _by_http() -> bytes:
    registry = os.environ.get("npm_config_registry") or _REGISTRY  # noqa: SIM112  # as npm itself spells it
    url = f"{registry.rstrip('/')}/{_NAME}/-/{_FILE}"
    if not url.startswith(("https://", "http://")):
        raise _unreachable(f"npm_config_registry is no address: {registry}")
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read()
            return content
    except (OSError, ValueError) as error:
        raise _unreachable(str(getattr(error, "reason", error))) from None


def _unreachable(why: str) -> SweepError:
    return SweepError(f"{_FILE} could not be fetched from npm's registry ({why}); {_OTHERWISE}")
