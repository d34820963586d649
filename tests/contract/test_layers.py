"""The order of the packages: imports run down, there is no circle at any level, late imports included."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APP = "app"

# From the bottom to the top. A module may import from lower layers alone, and from its own package.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "guards", "models", "process_singleton", "trace"),
    ("domain", "home", "resources"),
    ("ports", "settings"),
    ("db", "health", "log", "metrics", "migrations", "queues"),
    ("ddl", "events", "telemetry"),
    ("search",),
    ("pipeline",),  # the index step asks the saved searches of alerts
    ("adapters", "local"),
    ("wiring",),
    ("access", "browse"),
    ("alerts", "explain", "exports", "operations", "reprocess", "status"),
    ("ask", "forget"),
    ("doctor", "verify"),
    ("observe", "web"),
    ("demo", "worker"),
    ("beat", "results", "tasks"),
    ("cli", "daemons"),
    ("eval",),
)
# The same inside the pipeline: engine under posts under steps.
PIPELINE: tuple[tuple[str, ...], ...] = (("vision",), ("engine",), ("posts",), ("steps",))
ROOT_MODULES = 14  # at most, `__init__` not counted: the rest lives in packages whose names say what is inside

INNER = ("celery", "kombu", "redis", "telethon")
# Imports that run down and are wrong all the same. domain, models and ports stay pure; adapters know no rows.
FORBIDDEN = {
    "app/domain/": ("sqlalchemy", *INNER, "app.models", "app.home"),
    "app/models/": ("celery", "app.domain.flow", "app.settings"),
    "app/ports.py": ("sqlalchemy", *INNER, "app.models"),
    "app/pipeline/": INNER,
    "app/search/": ("celery",),
    "app/adapters/": ("celery", "app.models", "app.pipeline", "app.search"),
    "app/web/": ("celery", "telethon", "app.adapters", "app.tasks"),
    "app/tasks/": ("sqlalchemy", "app.models", "app.adapters"),
}
# Loading these late saves time or memory that was measured; each late import says so beside it.
HEAVY = (r"app/wiring\.py", r"app/adapters/.*", r"app/telemetry/.*", r"app/cli/.*")
LATE_ELSEWHERE = 11


@dataclass(frozen=True)
class Import:
    """One imported module. late: inside a function."""

    file: str
    line: int
    source: str
    target: str
    late: bool


def modules() -> dict[str, Path]:
    """Module name -> file; a package's own file is named PACKAGE.__init__, so that it has a place of its own."""
    paths = sorted((ROOT / APP).rglob("*.py"))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in paths}


def imports_of(file: str, source: str, tree: ast.AST, late: bool = False) -> Iterator[Import]:
    """Every import of a file; `from a import b` counts as a.b, which `resolved` shortens to a module."""
    for node in ast.iter_child_nodes(tree):
        inside = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(node, ast.Import):
            yield from (Import(file, node.lineno, source, alias.name, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: a relative import"
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (Import(file, node.lineno, source, name, inside) for name in names)
        yield from imports_of(file, source, node, inside)


def all_imports() -> list[Import]:
    found: list[Import] = []
    for name, path in modules().items():
        found += imports_of(path.relative_to(ROOT).as_posix(), name, ast.parse(path.read_text()))
    return found


IMPORTS = all_imports()
MODULES = modules()


def resolved(target: str, known: Iterable[str] = MODULES) -> str | None:
    """The module of ours that a dotted name lies in; None for other packages."""
    names = set(known)
    while target:
        if target in names:
            return target
        if f"{target}.__init__" in names:
            return f"{target}.__init__"
        target = target.rpartition(".")[0]
    return None


def child(module: str, package: str) -> str | None:
    """The part of a module's name right below a package; None when it lies elsewhere."""
    return module[len(package) + 1 :].split(".")[0] if module.startswith(f"{package}.") else None


def arrows(package: str, pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """child -> children that it imports, among the direct children of a package."""
    found: dict[str, set[str]] = defaultdict(set)
    for source, target in pairs:
        one, other = child(source, package), child(target, package)
        if one and other and one != other:
            found[one].add(other)
    return found


def circles(graph: Mapping[str, set[str]]) -> list[str]:
    """Nodes from which an arrow leads back to themselves."""
    return sorted(node for node in graph if node in _reached(node, graph))


def _reached(start: str, graph: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    left = list(graph.get(start, ()))
    while left:
        node = left.pop()
        if node not in seen:
            seen.add(node)
            left += graph.get(node, ())
    return seen


def climbs(layers: tuple[tuple[str, ...], ...], graph: Mapping[str, set[str]]) -> list[str]:
    """Arrows that do not run to a lower layer."""
    place = {name: number for number, names in enumerate(layers) for name in names}
    return [
        f"{one} -> {other}"
        for one, others in sorted(graph.items())
        for other in sorted(others - {"__init__"})
        if one != "__init__" and place[other] >= place[one]
    ]


def our_pairs() -> list[tuple[str, str]]:
    pairs = ((one.source, resolved(one.target)) for one in IMPORTS)
    return [(source, target) for source, target in pairs if target is not None]


PAIRS = our_pairs()
PACKAGES = sorted({name.rpartition(".")[0] for name in MODULES})


def test_the_root_holds_few_modules() -> None:
    root = [name for name in MODULES if name.count(".") == 1 and not name.endswith("__init__")]
    assert len(root) <= ROOT_MODULES, root


def test_every_package_and_module_has_its_layer() -> None:
    named = sorted(name for layer in LAYERS for name in layer)
    assert named == sorted({str(child(name, APP)) for name in MODULES} - {"__init__"})


def test_every_package_says_its_purpose() -> None:
    empty = [name for name in MODULES if name.endswith("__init__") and not ast.get_docstring(_tree(name))]
    assert empty == []


def _tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text())


@pytest.mark.parametrize("package", PACKAGES)
def test_no_circle_at_any_level(package: str) -> None:
    assert circles(arrows(package, PAIRS)) == []


def test_imports_run_down() -> None:
    assert climbs(LAYERS, arrows(APP, PAIRS)) == []
    assert climbs(PIPELINE, arrows("app.pipeline", PAIRS)) == []


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_inner_packages_stay_pure(folder: str) -> None:
    pattern = re.compile(rf"({'|'.join(map(re.escape, FORBIDDEN[folder]))})(\.|$)")
    inside = [one for one in IMPORTS if one.file.startswith(folder)]
    assert inside
    assert [f"{one.file}:{one.line} {one.target}" for one in inside if pattern.match(one.target)] == []


def test_only_the_rim_publishes() -> None:
    """Steps return the calls that come next: tasks, the events' consumer, the page's process and commands send them."""
    allowed = re.compile(r"app/tasks/|app/daemons/(consumer|web)\.py|app/cli/")
    wrong = [one.file for one in IMPORTS if one.target.startswith("app.tasks") and not allowed.match(one.file)]
    assert wrong == []


def test_late_imports_are_few_and_reasoned() -> None:
    late = sorted({(one.file, one.line) for one in IMPORTS if one.late})
    elsewhere = [(file, line) for file, line in late if not any(re.fullmatch(heavy, file) for heavy in HEAVY)]
    assert len(elsewhere) <= LATE_ELSEWHERE, elsewhere
    assert [f"{file}:{line}" for file, line in late if not _has_reason(file, line)] == []


def _has_reason(file: str, line: int) -> bool:
    """A comment beside the import or above it, or a module docstring that gives the reason for all of them."""
    text = (ROOT / file).read_text()
    lines = text.splitlines()
    above = line - 2
    while above >= 0 and re.match(r"\s*(from|import) ", lines[above]):
        above -= 1
    docstring = ast.get_docstring(ast.parse(text)) or ""
    for_all = re.search(r"function that makes an adapter imports it", " ".join(docstring.split()))
    return "#" in lines[line - 1] or lines[above].strip().startswith("#") or bool(for_all)


# The checks themselves: each finds who breaks it


def test_a_circle_is_found_at_its_level() -> None:
    pairs = [("app.a.x", "app.b.y"), ("app.b.z", "app.a.w"), ("app.a.x", "app.a.w")]
    assert circles(arrows("app", pairs)) == ["a", "b"]
    assert circles(arrows("app.a", pairs)) == []
    assert circles(arrows("app.a", [*pairs, ("app.a.w", "app.a.x")])) == ["w", "x"]
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == ["a", "b", "c"]


def test_an_arrow_that_runs_up_or_sideways_is_found() -> None:
    layers = (("low", "beside"), ("high",))
    assert climbs(layers, {"high": {"low"}}) == []
    assert climbs(layers, {"low": {"high"}}) == ["low -> high"]
    assert climbs(layers, {"low": {"beside"}}) == ["low -> beside"]


def test_late_imports_and_those_for_types_count() -> None:
    source = "if TYPE_CHECKING:\n    from app.a import B\ndef f():\n    import app.c.d\n"
    found = list(imports_of("app/x.py", "app.x", ast.parse(source)))
    assert [(one.target, one.late) for one in found] == [("app.a.B", False), ("app.c.d", True)]


def test_a_package_has_a_place_of_its_own() -> None:
    known = ("app.a.__init__", "app.a.b", "app.__init__")
    assert [resolved(name, known) for name in ("app.a.b.C", "app.a.C", "other.a")] == [
        "app.a.b",
        "app.a.__init__",
        None,
    ]
