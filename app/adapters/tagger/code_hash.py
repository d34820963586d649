"""Hashes code to a version that changes with its behaviour, not with its comments, layout or place."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

DIGITS = 8  # of the sha256, in hex: a version is compared with few others
# Releases up to 0.1 hashed the bytes of their sources, comments included. Rows contain those versions, so the same code
# keeps them: otherwise an upgrade would make the tags of every post look out of date.
BEFORE = {
    "91493b2a": "eb7be014",  # the local tagger
    "26967b8d": "ad589bff",  # the search for names of the controlled vocabulary
}


def code_hash(sources: Iterable[Path]) -> str:
    """8 hex digits over the syntax trees of these files, in this order.

    Comments, docstrings, layout and the package in an import of our own do not count. The tree is formatted here,
    because ast.dump and ast.unparse differ between versions of Python.
    """
    trees = "\n".join(_written(ast.parse(source.read_text(encoding="utf-8"))) for source in sources)
    digits = sha256(trees.encode()).hexdigest()[:DIGITS]
    return BEFORE.get(digits, digits)


def _written(value: object) -> str:
    """A tree as text, without empty fields, because newer versions of Python add some."""
    if isinstance(value, list):
        return f"[{','.join(_written(item) for item in value)}]"
    if not isinstance(value, ast.AST):
        return repr(value)
    fields = [f"{name}={_written(part)}" for name, part in _fields(value) if part not in (None, [])]
    return f"{type(value).__name__}({','.join(fields)})"


def _fields(node: ast.AST) -> Iterable[tuple[str, object]]:
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(value, list) and _has_docstring(node):
            yield name, value[1:]
        elif not _names_our_package(node, name, value):
            yield name, value


def _has_docstring(node: ast.AST) -> bool:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None


def _names_our_package(node: ast.AST, name: str, value: object) -> bool:
    return isinstance(node, ast.ImportFrom) and name == "module" and str(value).split(".")[0] == "app"
