"""The house as its imports tell it: rooms, sub-rooms, files, arrows. Reads source with `ast`; imports nothing of it.

`python -m tests.house` prints the counts and draws docs/structure.svg anew.
"""

from __future__ import annotations

import ast
import html
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Each room knows only those to its right.
CHAIN = ("tune_jobs", "reports", "search_spaces", "cnnmodels")
# The parts of a room, from the top down: each knows only those in the rows below it, and its own row without a circle.
LAYERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "tune_jobs": (
        ("__main__", "cli"),
        ("__init__", "api"),
        ("sweep_object", "training_object"),
        ("driver", "ablate", "confirm"),
        ("run_to_end", "spec_beside"),
        ("housekeeping",),
        ("planning", "use"),
        (
            "sweep",
            "prepare",
            "finish",
            "stop",
            "progress",
            "cost_estimate",
            "backbones",
            "gallery",
            "launch_target",
            "own_code",
            "confirmed",
        ),
        ("measured_epoch", "last_resort", "live_table"),
        ("workers",),
        ("resources",),
        ("search", "cluster"),
        ("storage",),
        (
            *("redaction", "errors", "formatting", "launch_options", "confirm_options"),
            *("environment", "own_rooms", "own_folder", "private_files", "seldom"),
        ),
    ),
    "reports": (("__init__", "notebook", "server"), ("pages",), ("figures",), ("analysis",), ("records",)),
    "search_spaces": (
        ("sampling", "loading", "json_schema"),
        ("problems", "meant", "addresses", "images"),
        ("widening",),
        ("schema",),
        ("budget",),
        ("parameters", "constraints", "strategies", "nearest", "strict_yaml", "errors", "__init__"),
    ),
    "cnnmodels": (
        ("export",),
        ("inference",),
        ("predict", "training", "yardsticks", "preflight", "first_forward", "latency"),
        ("learner",),
        ("backbone", "evaluation"),
        ("tasks",),
        (
            *("networks", "checkpoint", "optim", "schedule", "weight_average"),
            *("class_weights", "confusion", "region_loss", "batches", "on_device", "compiled", "precision", "turns"),
        ),
        ("data",),
        ("knob_table", "own"),
        ("config", "models"),
        ("task_table",),
        ("plain_values", "metric_names", "metric_table", "places", "disk_space", "errors", "__init__"),
    ),
}
STRANGERS = (("search", "cluster"),)  # of tune_jobs: neither knows the other
Arrows = dict[str, set[str]]


def modules(room: str) -> dict[str, Path]:
    """Every module of a room by its dotted name; a package's is that of its folder."""
    found = {}
    for path in sorted((ROOT / room).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def arrows() -> Arrows:
    """Which module imports which, of ours, wherever in it; imports for type checkers alone do not count."""
    known = {name: path for room in CHAIN for name, path in modules(room).items()}
    return {name: {target for target in _imported(path) if target in known} for name, path in known.items()}


def part_of(module: str) -> str:
    """The sub-room of a module, or the file where it lies in the room itself: `tune_jobs.cli`, `tune_jobs.driver`."""
    room, _, rest = module.partition(".")
    return f"{room}.{rest.partition('.')[0] or '__init__'}"


def arrows_of_parts(all_arrows: Arrows) -> Arrows:
    """The same between sub-rooms."""
    found: Arrows = defaultdict(set)
    for module, targets in all_arrows.items():
        found[part_of(module)] |= {part_of(target) for target in targets} - {part_of(module)}
    return found


def circle(all_arrows: Arrows) -> list[str]:
    """Modules that import each other in a circle; none if there is no such circle."""
    done: set[str] = set()

    def walk(module: str, way: list[str]) -> list[str]:
        if module in way:
            return way[way.index(module) :]
        if module in done:
            return []
        for target in sorted(all_arrows[module]):
            if found := walk(target, [*way, module]):
                return found
        done.add(module)
        return []

    return next((found for module in sorted(all_arrows) if (found := walk(module, []))), [])


def _imported(path: Path) -> Iterator[str]:
    for node in _nodes(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            of_modules = [name for name in below if (ROOT / name.replace(".", "/")).with_suffix(".py").exists()]
            folders = [name for name in below if (ROOT / name.replace(".", "/")).is_dir()]
            yield from [*of_modules, *folders] or [node.module]


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from _nodes(child)


def counts() -> list[tuple[str, int, int, int]]:
    """Of each room: its name, files in all, files in its largest flat folder, arrows within it."""
    every = arrows()
    rows = []
    for room in CHAIN:
        folders: dict[Path, int] = defaultdict(int)
        for path in modules(room).values():
            folders[path.parent] += path.name != "__init__.py"
        within = sum(
            target.split(".")[0] == room for name, to in every.items() if name.split(".")[0] == room for target in to
        )
        rows.append((room, sum(folders.values()), max(folders.values()), within))
    return rows


_ROW, _WIDTH, _GAP, _TOP = 16, 250, 26, 66  # pixels


def picture() -> str:
    """The house as SVG: a column a room, a box a part, its files in it."""
    columns = [_column(room, _GAP + place * (_WIDTH + _GAP)) for place, room in enumerate(CHAIN)]
    height = max(bottom for _, bottom in columns) + _GAP
    width = _GAP + len(CHAIN) * (_WIDTH + _GAP)
    style = (
        "text{font:12px system-ui,sans-serif;fill:#1f2328}.room{font-weight:600;font-size:16px}.part{font-weight:600}"
        ".says{fill:#59636e}rect{fill:#f6f8fa;stroke:#d1d9e0}"
    )
    says = "A room knows only the rooms to its right; a box knows only the boxes below it."
    body = "\n".join(drawn for drawn, _ in columns)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{says}">\n<style>{style}</style>\n<rect width="{width}" height="{height}" '
        f'style="fill:#fff;stroke:none"/>\n<text x="{_GAP}" y="24" class="says">{says}</text>\n{body}\n</svg>\n'
    )


def _column(room: str, left: int) -> tuple[str, int]:
    arrow = "" if room == CHAIN[-1] else " →"
    drawn, y = [f'<text x="{left}" y="{_TOP - 14}" class="room">{room}{arrow}</text>'], _TOP
    for layer in LAYERS[room]:
        alone = [part for part in layer if part != "__init__" and not (ROOT / room / part).is_dir()]
        boxes = [(part, _files(room, part)) for part in layer if (ROOT / room / part).is_dir()]
        files = [part for part in alone if (ROOT / room / part).with_suffix(".py").exists()]
        for title, names in [*([("", files)] if files else []), *boxes]:
            box, height = _box(title, _lines(names), left, y)
            drawn.append(box)
            y += height + 4
        y += 8
    return "\n".join(drawn), y


def _files(room: str, part: str) -> list[str]:
    names = [
        name.removeprefix(f"{room}.{part}").strip(".") for name in modules(room) if part_of(name) == f"{room}.{part}"
    ]
    return [name.replace(".", "/") for name in names if name]


def _box(title: str, lines: list[str], left: int, top: int) -> tuple[str, int]:
    texts = [(title, "part")] if title else []
    texts += [(line, "file") for line in lines]
    height = 8 + _ROW * len(texts)
    drawn = [f'<rect x="{left}" y="{top}" width="{_WIDTH}" height="{height}" rx="4"/>']
    for number, (text, kind) in enumerate(texts, start=1):
        drawn.append(f'<text x="{left + 8}" y="{top + _ROW * number}" class="{kind}">{html.escape(text)}</text>')
    return "\n".join(drawn), height


def _lines(words: list[str], most: int = 33) -> list[str]:
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) + 1 > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines if words else []


if __name__ == "__main__":
    print(f"{'room':<15}{'files':>7}{'largest flat folder':>22}{'arrows within':>16}")
    for row in counts():
        print(f"{row[0]:<15}{row[1]:>7}{row[2]:>22}{row[3]:>16}")
    (ROOT / "docs" / "structure.svg").write_text(picture(), "utf-8")
