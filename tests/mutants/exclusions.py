"""The damages that no test has to notice, by rule: words for people, and what changes no behaviour.

1. Logs and errors: a call of `log`, and every text in the arguments of an exception that is raised or made.
2. Words for people: a text with a blank in it, or a part of an f-string.
3. Types and packages: annotations, decorators, base classes, imports, `__all__`, docstrings, code under TYPE_CHECKING,
   and names of types (`Kind = Literal["photo", "video"]`, `Key = tuple[int, int]`), which annotations alone use.
4. What only stops a programmer's slip: `strict=True` of a zip, whose lists never differ in length.
5. Equal mutants: those that known.toml lists, each with the reason for which it changes nothing that can be observed.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

LOGGERS = frozenset({"log", "logger"})
KNOWN = Path(__file__).with_name("known.toml")
TYPES = frozenset({"Callable", "Collection", "Iterable", "Literal", "Mapping", "Sequence", "tuple"})
ERRORS = ("Error", "Permanent", "Transient", "Skip", "Refused", "Fault")


def left_out(node: ast.AST) -> bool:
    """Whether rules 1 to 4 leave out the node with all that is in it."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _is_log(node.value)
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    if isinstance(node, ast.keyword):
        return node.arg == "strict" and isinstance(node.value, ast.Constant) and node.value.value is True
    if isinstance(node, ast.Assign):
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        return "__all__" in names or (bool(names) and _is_type(node.value))
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and (not node.value or " " in node.value.strip())
    return _is_log(node)


def words(node: ast.AST) -> Iterator[ast.AST]:
    """The texts among the arguments of an exception or a fault."""
    if isinstance(node, ast.Call) and _name(node.func).endswith(ERRORS):
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        yield from (one for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _is_type(node: ast.AST) -> bool:
    """Whether it is written as a type: Literal[...], Sequence[...], tuple[...], Callable[...]."""
    return isinstance(node, ast.Subscript) and _name(node.value) in TYPES


def _is_log(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _name(node.func.value) in LOGGERS


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


@cache
def known() -> dict[str, dict[str, str]]:
    """`equal` and `survives`: key of a mutant -> reason."""
    found: dict[str, dict[str, str]] = tomllib.loads(KNOWN.read_text(encoding="utf-8"))
    return found
