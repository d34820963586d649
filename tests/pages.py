"""What pages of docs/ say of tests."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def named_tests(text: str) -> list[tuple[str, str]]:
    """(file, test) for each `tests/...py::name` in a text."""
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)


def missing(tests: list[tuple[str, str]]) -> list[str]:
    """Those that do not exist."""
    return [f"{file}::{name}" for file, name in tests if f"def {name}(" not in (ROOT / file).read_text()]
