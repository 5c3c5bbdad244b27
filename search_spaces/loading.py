"""From a name or a path, and overrides, to a checked SearchSpace. Every refusal is one line: file, key, value, rule."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from cnnmodels.config import RENAMED_KNOBS
from cnnmodels.errors import ConfigError
from cnnmodels.models import MODELS
from cnnmodels.own.importing import own_object
from cnnmodels.own.metrics import read_metrics
from cnnmodels.own.networks import use_network
from cnnmodels.own.tasks import metrics_of, use_task
from cnnmodels.places import expanded
from cnnmodels.task_table import OWN_TASKS
from search_spaces.addresses import with_absolute_paths
from search_spaces.budget import SIZE_KEYS
from search_spaces.errors import SpaceError
from search_spaces.images import for_other_images, images_of
from search_spaces.meant import as_meant
from search_spaces.nearest import nearest
from search_spaces.parameters import KINDS, AnyParameter
from search_spaces.problems import problems
from search_spaces.schema import SearchSpace, document_with_current_names
from search_spaces.strict_yaml import read

_SOURCES = "cnn_tune.data"  # entry points of images of somebody's own
_SIZE_LIMIT_BYTES = 1_000_000
SECRET = re.compile(  # names of what does not belong in a file
    r"token|passw(or)?d|pwd|secret|credential|(api|access|private)[_-]?key", re.IGNORECASE
)


def packaged() -> list[str]:
    """Names of the search spaces that come with the package."""
    folder = resources.files("search_spaces")
    return sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml"))


def load(name_or_path: str, overrides: Sequence[str] = ()) -> SearchSpace:
    """Read a packaged space by its name, or a person's own file by its path, with `key=value` overrides.

    Raises:
        SpaceError: there is no such space, or it cannot be run; the text names file, key, value and rule.
    """
    where, text = _read(name_or_path)
    document = _parse(where, text)
    if not isinstance(document, dict):
        shown = "empty" if document is None else f"a {type(document).__name__} at the top"
        raise SpaceError(f"{where}: {shown}; expected `task:`, `model:`, `data:`, `objective:`, `search:` and so on")
    if not _is_packaged_name(name_or_path):
        document = with_absolute_paths(document, expanded(name_or_path).absolute().parent, Path.cwd())
    of_the_file = images_of(document)
    for override in _presets_first(overrides):
        document = _with_current_names(document, where)
        _override(document, override)
    document = with_absolute_paths(document, Path.cwd())
    if images_of(document) != of_the_file:
        document = for_other_images(document)
    chosen = chosen_of_budget(name_or_path, overrides)
    if _is_packaged_name(name_or_path) and "time_limit" in chosen and not chosen & SIZE_KEYS:
        for key in {*SIZE_KEYS, "grace_epochs"} - chosen:  # the time decides instead
            document["budget"].pop(key, None)
    folders = [] if _is_packaged_name(name_or_path) else [expanded(name_or_path).absolute().parent]
    return check(
        document, Path(where).stem, f"{where} (with --set)" if overrides else where, folders=[*folders, Path.cwd()]
    )


def chosen_of_budget(name_or_path: str, overrides: Sequence[str] = ()) -> set[str]:
    """The keys of the budget that a person gave, in a file of their own or with `--set`; a packaged file's are not.

    Raises:
        SpaceError: the file cannot be read.
    """
    document = {} if _is_packaged_name(name_or_path) else _parse(*_read(name_or_path))
    for override in _presets_first(overrides):
        _override(document, override)
    budget = document.get("budget")
    return {key for key, value in budget.items() if value is not None} if isinstance(budget, dict) else set()


def check(document: dict[str, Any], name: str, where: str, *, folders: Sequence[Path] = ()) -> SearchSpace:
    """A checked space from the content of a file. Where it names a network of somebody's own, that is imported.

    Args:
        document: the content.
        name: of the space.
        where: it was read, for messages.
        folders: where modules are looked for first.

    Raises:
        SpaceError: the first thing that is wrong.
    """
    document = {**document, "name": name}
    _refuse_secrets(document, where)
    document = _with_current_names(document, where)
    _import_own(document, where, folders)
    document = as_meant(document)
    document["search"] = _with_kinds(document.get("search"), where)
    try:
        space = SearchSpace.model_validate(document)
    except ValidationError as error:
        raise SpaceError(_first_problem(error, where, given=document)) from None
    for key, text in problems(space):
        raise SpaceError(f"{where}: {key}: {text}")
    try:
        _ = space.own_code
    except ConfigError as error:
        raise SpaceError(f"{where}: {error}") from None
    return _with_trials_that_differ(_with_own_defaults(space))


def _import_own(document: dict[str, Any], where: str, folders: Sequence[Path]) -> None:
    """What the document names of somebody's own, imported; in the place of its metrics, what they are."""
    key = "task"
    try:
        if isinstance(document.get("task"), str):
            document["task"] = use_task(document["task"], folders)
        key = "model"
        if isinstance(document.get("model"), str):
            use_network(document["model"], folders)
        key, data = "data.source", document.get("data")
        if isinstance(data, dict) and data.get("source") is not None:
            document["data"] = {**data, "source": own_object(data["source"], _SOURCES, folders)}
        key = "metrics"
        of_task = metrics_of(document["task"]) if document.get("task") in OWN_TASKS else {}
        if of_task or document.get("metrics"):
            document["metrics"] = read_metrics({**of_task, **(document.get("metrics") or {})}, folders)
    except ConfigError as error:
        raise SpaceError(f"{where}: {key}: {error}") from error.__cause__


def _with_own_defaults(space: SearchSpace) -> SearchSpace:
    """The defaults of somebody's own network written down, since whoever reads the sweep later does not import it."""
    own = MODELS[space.model].defaults if MODELS[space.model].config is not None else {}
    search = {
        name: one.model_copy(update={"default": space.default_of(name)}) if name in own else one
        for name, one in space.search.items()
    }
    return space.model_copy(update={"search": search})


def _with_trials_that_differ(space: SearchSpace) -> SearchSpace:
    """As many trials as a preset has, but no more than there are configurations."""
    trials = space.different_configurations(space.budget.trials)
    budget = space.budget.model_copy(update={"trials": trials})
    return space if trials == space.budget.trials else space.model_copy(update={"budget": budget})


def _with_current_names(document: dict[str, Any], where: str) -> dict[str, Any]:
    try:
        return document_with_current_names(document)
    except ConfigError as error:
        raise SpaceError(f"{where}: {error}") from None


def _read(name_or_path: str) -> tuple[str, str]:
    path = expanded(name_or_path)
    if _is_packaged_name(name_or_path):
        if name_or_path not in packaged():
            hint = nearest(name_or_path, packaged(), "packaged spaces")
            raise SpaceError(f"{name_or_path}: no such search space.{hint} A file of your own: ./my_space.yaml")
        return f"{name_or_path}.yaml", (resources.files("search_spaces") / f"{name_or_path}.yaml").read_text("utf-8")
    if not path.is_file():
        raise SpaceError(f"{path}: {'is not a file' if path.exists() else 'no such file'}")
    try:
        size = path.stat().st_size
        if size > _SIZE_LIMIT_BYTES:
            raise SpaceError(f"{path}: {size / 1e6:.1f} MB; a search space is at most {_SIZE_LIMIT_BYTES / 1e6:g} MB")
        return str(path), path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpaceError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except OSError as error:
        raise SpaceError(f"{path}: cannot be read: {error.strerror}") from None


def _is_packaged_name(name_or_path: str) -> bool:
    return "/" not in name_or_path and Path(name_or_path).suffix.lower() not in {".yaml", ".yml"}


def _parse(where: str, text: str) -> Any:
    try:
        return read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise SpaceError(f"{where}{at}: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise SpaceError(f"{where}: {str(error).splitlines()[0]}") from None


def _presets_first(overrides: Sequence[str]) -> list[str]:
    """A preset takes the file's own numbers away, but none that was given beside it."""
    return sorted(overrides, key=lambda override: override.partition("=")[0].strip() != "budget.preset")


def _override(document: dict[str, Any], override: str) -> None:
    """Set one dotted key. A knob that becomes fixed leaves the search and the other way round; a range of another kind,
    or a preset, replaces what was there."""
    key, equals, text = override.partition("=")
    parts = [RENAMED_KNOBS.get(part, part) for part in key.strip().split(".")]
    if not equals or not all(parts):
        raise SpaceError(f"--set {override}: expected key=value, for example --set budget.trials=50")
    if any("\ud800" <= one <= "\udfff" for one in text):  # bytes of a name that this process cannot read as text
        raise SpaceError(
            f"{key.strip()}: {text} is no {sys.getfilesystemencoding().upper()}; rename it, or set PYTHONUTF8=1"
        )
    try:
        value = read(text, key.strip())
    except (yaml.YAMLError, RecursionError, ValueError):
        short = text if len(text) <= 60 else f"{text[:57]}..."
        raise SpaceError(f"--set {key}={short}: {short!r} is not a value that YAML can read") from None
    target = document
    for part in parts[:-1]:
        below = target.setdefault(part, {})
        if not isinstance(below, dict):
            raise SpaceError(f"--set {override}: {part} holds {below!r}, which has nothing below it")
        target = below
    if parts[0] == "search" and len(parts) == 3 and parts[2] in KINDS:
        for kind in KINDS:
            target.pop(kind, None)
    if parts == ["budget", "preset"]:
        for size in (*SIZE_KEYS, "grace_epochs"):
            target.pop(size, None)
    target[parts[-1]] = value
    if len(parts) > 1 and parts[0] in ("fixed", "search"):  # a knob is one or the other
        other = document.get("search" if parts[0] == "fixed" else "fixed")
        if isinstance(other, dict):
            other.pop(parts[1], None)


def _with_kinds(search: Any, where: str) -> Any:
    """Each searched knob as a parameter of its kind, so that a message speaks of that kind alone."""
    if search is None:
        return {}
    if not isinstance(search, dict):
        raise SpaceError(f"{where}: search: expected knobs with their ranges, got {search!r}")
    parameters: dict[str, AnyParameter] = {}
    for name, given in search.items():
        key = f"search.{name}"
        kinds = [kind for kind in KINDS if isinstance(given, dict) and kind in given]
        if len(kinds) != 1:
            saw = " and ".join(kinds) if kinds else repr(given)
            raise SpaceError(f"{where}: {key}: needs exactly one of {', '.join(KINDS)}, got {saw}")
        try:
            parameters[name] = KINDS[kinds[0]].model_validate(given)  # type: ignore[assignment]
        except ValidationError as error:
            raise SpaceError(_first_problem(error, where, key, KINDS[kinds[0]])) from None
    return parameters


def _first_problem(
    error: ValidationError,
    where: str,
    prefix: str = "",
    model: type[BaseModel] = SearchSpace,
    given: Mapping[str, Any] | None = None,
) -> str:
    """One line for pydantic's first complaint: where, the rule, and what was seen."""
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")  # a misspelt key is missing as well
    path = [str(part) for part in first["loc"]]
    if path[:2] == ["objective", "0"] and isinstance((given or {}).get("objective"), dict):
        del path[1]  # a single objective was read as a list of one
    key = ".".join(([prefix] if prefix else []) + path)
    if first["type"] == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        return f"{where}: {key}: unknown key.{nearest(path[-1], known, 'keys')}"
    if first["type"] == "missing":
        return f"{where}: {key}: is missing"
    message = first["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    told = "got" in message or (isinstance(first["input"], str) and repr(first["input"]) in message)
    seen = "" if isinstance(first["input"], dict | BaseModel) or told else f", got {first['input']!r}"
    return f"{where}: {key}: {message}{seen}" if key else f"{where}: {message}{seen}"


def _keys_at(model: type[BaseModel], path: list[str]) -> list[str]:
    for part in path:
        fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
        inner = next((one for one in (fields.get(part), *get_args(fields.get(part))) if _is_model(one)), None)
        if inner is None:
            break
        model = inner
    names = [field.alias or name for name, field in model.model_fields.items()]
    return [name for name in names if name != "name" or model is not SearchSpace]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _refuse_secrets(document: Any, where: str, path: str = "") -> None:
    if isinstance(document, dict):
        for key, value in document.items():
            if SECRET.search(str(key)):
                raise SpaceError(f"{where}: {path}{key}: secrets do not belong in a file; set an environment variable")
            _refuse_secrets(value, where, f"{path}{key}.")
    elif isinstance(document, list):
        for number, value in enumerate(document):
            _refuse_secrets(value, where, f"{path}{number}.")
