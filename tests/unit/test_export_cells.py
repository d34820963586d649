"""Cells of exported tables: no text of a post becomes a formula, and nothing else is changed."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.export.cells import COLUMNS, defused, header, row

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\ttab",
    "  =1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff=1",
    '"=1',
    "'=1",
    '" =cmd|calc!A1',
    "«=1»",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "\x00=1",
    "\x1f=1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert defused(text) == "'" + text


@pytest.mark.parametrize("text", ["", "текст", "1=1", "a@b", "a\n=1", "(=1)", "§-1", " ", '""'])
def test_other_texts_stay(text: str) -> None:
    assert defused(text) == text


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_a_row_is_read_back_by_any_reader(cells: list[str]) -> None:
    line = row(cells)
    assert line.endswith("\r\n")
    [read] = csv.reader(io.StringIO(line, newline=""), strict=True)
    assert read == [defused(cell.replace("\0", "")) for cell in cells]
    assert not any(cell.strip()[:1] in set("=+-@") for cell in read if cell.strip())


def test_the_head_names_each_column_once() -> None:
    [names] = csv.reader(io.StringIO(header(), newline=""))
    assert tuple(names) == COLUMNS
    assert len(set(names)) == len(names)
