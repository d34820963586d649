"""docs/earlier-failures.md keeps its word: each failure is listed, and each test that it names exists."""

from __future__ import annotations

import re

from tests.pages import ROOT, missing, named_tests

PAGE = ROOT / "docs" / "earlier-failures.md"
LATER: set[int] = set()  # parts of the project that do not exist yet


def _table() -> dict[int, list[tuple[str, str]]]:
    """Number -> (file, test) named for it."""
    lines = [line for line in PAGE.read_text().splitlines() if re.match(r"\| \d+ \|", line)]
    return {int(line.split("|")[1]): named_tests(line) for line in lines}


def test_every_failure_is_listed_and_its_tests_exist() -> None:
    table = _table()
    assert list(table) == list(range(1, 21))
    assert {number for number, tests in table.items() if not tests} == LATER
    assert {number: missing(tests) for number, tests in table.items() if missing(tests)} == {}


def test_no_cast_follows_a_bind_parameter() -> None:
    """6: `:param::jsonb` reads as a parameter named `param` and broken SQL; CAST(:param AS jsonb) is what works."""
    wrong = re.compile(r"(?<![:\w]):[a-z_]\w*::[a-z]")
    found = [path for path in ROOT.glob("app/**/*.py") if wrong.search(path.read_text())]
    assert found == []
    assert wrong.search("VALUES (:data::jsonb)"), "the check itself works"
