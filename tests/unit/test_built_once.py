"""Statements that are built once: in each thread, since two threads that compile one at the same moment break it."""

from __future__ import annotations

import ast
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.pipeline.engine.built_once import built_once
from tests.pages import ROOT

CACHES = {"cache", "lru_cache"}
STATEMENTS = ("Select", "Update", "Insert", "Delete", "ColumnElement", "Alias", "FromClause")


def test_a_thread_has_its_own_statement_and_builds_it_once() -> None:
    built: list[int] = []

    @built_once
    def statement(number: int) -> list[int]:
        built.append(number)
        return [number]

    mine = statement(1)
    assert statement(1) is mine
    assert statement(2) == [2]
    with ThreadPoolExecutor(1) as other:
        theirs = other.submit(statement, 1).result()
        assert other.submit(statement, 1).result() is theirs
    assert theirs == mine
    assert theirs is not mine
    assert built == [1, 2, 1]
    with pytest.raises(TypeError, match="positional"):
        statement(number=1)


def test_no_statement_is_shared_by_threads() -> None:
    shared = [
        f"{path.name} {node.name}"
        for path in sorted((ROOT / "app").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.returns is not None
        for decorator in node.decorator_list
        if ast.unparse(decorator).split("(")[0].split(".")[-1] in CACHES
        if any(name in ast.unparse(node.returns) for name in STATEMENTS)
    ]
    assert shared == []
