"""docs/guarantees.md keeps its word: each promise names a mechanism and a test that exist, and what is not promised."""

from __future__ import annotations

import re

from tests.pages import ROOT, missing, named_tests

PAGE = ROOT / "docs" / "guarantees.md"


def _rows() -> list[list[str]]:
    """promise, mechanism, tests, what is not promised."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and "`tests/" in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_each_promise_names_its_mechanism_its_tests_and_its_limits() -> None:
    rows = _rows()
    assert len(rows) >= 20
    for promise, mechanism, tests, limits in rows:
        files = re.findall(r"`((?:app|celeryconfig)[\w/]*\.py)`", mechanism)
        assert files, promise
        assert [file for file in files if not (ROOT / file).exists()] == [], promise
        assert named_tests(tests), promise
        assert missing(named_tests(tests)) == [], promise
        assert limits, promise
