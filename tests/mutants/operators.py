"""All small damages to one file: each changes one place of its source, as a slip of the pen would."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

from tests.mutants.exclusions import left_out, words

COMPARED = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: (r"is\s+not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: (r"not\s+in", "in"),
}
COMPUTED = {
    ast.Add: (r"\+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: (r"\*", "/"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: (r"\|", "&"),
}
TWINS = {"min": "max", "max": "min", "any": "all", "all": "any"}
# Links of a chain of calls that may be gone without an error: most of them shape a query.
LINKS = frozenset(
    {"where", "order_by", "desc", "asc", "limit", "offset", "distinct", "with_for_update", "strip", "lower"}
)


@dataclass(frozen=True)
class Edit:
    """A replacement of the bytes from `start` to `end`. kind: of the slip."""

    kind: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Mutant:
    """One damage. function: the innermost one around it; before, after: its line without indentation."""

    path: str
    line: int
    function: str
    kind: str
    before: str
    after: str
    source: str

    @property
    def key(self) -> str:
        """Names it, as long as neither its function nor its line changes."""
        return f"{self.path} {self.function}: {self.before} -> {self.after}"


def mutants_of(path: str, source: str) -> list[Mutant]:
    """The damages of a file, in order, each once, all of them valid Python with another meaning."""
    return list({mutant.key: mutant for mutant in _mutants(path, source)}.values())


def _mutants(path: str, source: str) -> Iterator[Mutant]:
    tree, data = ast.parse(source), source.encode()
    shape = ast.dump(tree)
    place = Places(data)
    for function, node in _nodes(tree):
        for edit in _edits(node, place):
            changed = (data[: edit.start] + edit.text.encode() + data[edit.end :]).decode()
            if _is_new(changed, shape):
                yield _mutant(path, function, edit, data, changed)


def _is_new(changed: str, shape: str) -> bool:
    try:
        return ast.dump(ast.parse(changed)) != shape
    except SyntaxError:
        return False


def _mutant(path: str, function: str, edit: Edit, data: bytes, changed: str) -> Mutant:
    line = data[: edit.start].count(b"\n") + 1
    before = data.decode().splitlines()[line - 1].strip()
    last = data[edit.start : edit.end].count(b"\n")
    lines = changed.splitlines()
    after = lines[line - 1].strip() if line <= len(lines) else ""
    return Mutant(
        path, line, function, edit.kind if not last else f"{edit.kind}, {last + 1} lines", before, after, changed
    )


def _nodes(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """All nodes that may be damaged, each with the name of the function or class around it."""
    waiting: list[tuple[str, ast.AST]] = [("module", tree)]
    while waiting:
        function, node = waiting.pop()
        if left_out(node):
            continue
        yield function, node
        inner = node.name if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) else function
        waiting += [(inner, child) for child in reversed(list(_children(node)))]


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """The children without annotations, decorators, bases and words for people."""
    skipped: set[int] = {id(child) for child in words(node)}
    for name in ("annotation", "returns", "decorator_list", "bases"):
        found = getattr(node, name, None) or []
        skipped.update(id(one) for one in (found if isinstance(found, list) else [found]))
    yield from (child for child in ast.iter_child_nodes(node) if id(child) not in skipped)


class Places:
    """Where nodes stand in the bytes of a file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._starts = [0, *accumulate(len(line) for line in data.splitlines(keepends=True))]

    def start(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        """Its first byte."""
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        """The byte behind its last one."""
        return self._starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    def text(self, node: ast.expr) -> str:
        """Its source."""
        return self.data[self.start(node) : self.end(node)].decode()

    def swap(self, kind: str, left: ast.expr, right: ast.expr, pattern: str, text: str) -> Iterator[Edit]:
        """The operator between two operands, replaced."""
        start, end = self.end(left), self.start(right)
        gap = self.data[start:end].decode()
        if (
            len(found := list(re.finditer(rf"(?<![\w]){pattern}(?![\w])" if pattern[0].isalpha() else pattern, gap)))
            == 1
        ):
            at, to = (start + len(gap[:place].encode()) for place in found[0].span())
            yield Edit(kind, at, to, text)

    def without(self, argument: ast.expr | ast.keyword, before: ast.expr | ast.keyword | None) -> Edit:
        """An argument of a call gone, with the comma behind it or the one in front."""
        start, end = self.start(argument), self.end(argument)
        if comma := re.match(rb"\s*,[ ]?", self.data[end:]):
            return Edit("argument", start, end + comma.end(), "")
        return Edit("argument", start if before is None else self.end(before), end, "")

    def replace(self, kind: str, node: ast.expr | ast.stmt, text: str) -> Edit:
        """The whole node, replaced."""
        return Edit(kind, self.start(node), self.end(node), text)


def _edits(node: ast.AST, place: Places) -> Iterator[Edit]:
    if isinstance(node, ast.Compare):
        for operator, (left, right) in zip(node.ops, pairwise([node.left, *node.comparators]), strict=True):
            yield from place.swap("comparison", left, right, *COMPARED[type(operator)])
    elif isinstance(node, ast.BoolOp):
        pattern, text = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in pairwise(node.values):
            yield from place.swap("and, or", left, right, pattern, text)
    elif isinstance(node, ast.BinOp) and type(node.op) in COMPUTED:
        yield from place.swap("arithmetic", node.left, node.right, *COMPUTED[type(node.op)])
    elif isinstance(node, ast.Constant):
        yield from _constant(node, place)
    elif isinstance(node, ast.Call):
        yield from _call(node, place)
    elif isinstance(node, ast.stmt):
        yield from _statement(node, place)
    yield from (place.replace("condition", test, f"(not ({place.text(test)}))") for test in _tests(node))


def _tests(node: ast.AST) -> Iterable[ast.expr]:
    if isinstance(node, ast.comprehension):
        return node.ifs
    return [node.test] if isinstance(node, ast.If | ast.While | ast.IfExp) else []


def _constant(node: ast.Constant, place: Places) -> Iterator[Edit]:
    if isinstance(node.value, bool):
        yield place.replace("constant", node, str(not node.value))
    elif isinstance(node.value, int):
        yield place.replace("constant", node, str(node.value + 1))
    elif isinstance(node.value, float):
        yield place.replace("constant", node, str(node.value * 2 or 1.0))
    elif isinstance(node.value, str):
        yield place.replace("constant", node, repr(f"x{node.value}"))


def _call(node: ast.Call, place: Places) -> Iterator[Edit]:
    name = node.func
    if isinstance(name, ast.Name) and name.id in TWINS:
        yield place.replace("twin", name, TWINS[name.id])
    if isinstance(name, ast.Attribute) and name.attr in LINKS:
        yield Edit("link", place.end(name.value), place.end(node), "")
        if len(node.args) > 1:
            yield from _arguments(node.args, place)
    for keyword in node.keywords:
        if keyword.arg is not None and not left_out(keyword) and (node.args or len(node.keywords) > 1):
            yield from _keyword(node, keyword, place)


def _arguments(args: list[ast.expr], place: Places) -> Iterator[Edit]:
    for at, one in enumerate(args):
        yield place.without(one, args[at - 1] if at else None)


def _keyword(node: ast.Call, keyword: ast.keyword, place: Places) -> Iterator[Edit]:
    others: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
    at = others.index(keyword)
    yield place.without(keyword, others[at - 1] if at else None)


def _statement(node: ast.stmt, place: Places) -> Iterator[Edit]:
    if _is_effect(node):
        yield place.replace("statement", node, "pass")
    elif isinstance(node, ast.Break):
        yield place.replace("statement", node, "continue")
    elif isinstance(node, ast.Continue):
        yield place.replace("statement", node, "break")
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield place.replace("statement", node, "return None")


def _is_effect(node: ast.stmt) -> bool:
    """A call for its effect, or a change of something that is there already."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    changes = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute | ast.Subscript)
    return changes or isinstance(node, ast.AugAssign)
