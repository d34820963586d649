"""docs/pipeline-example.md tells what a run really does, and the files that it and ARCHITECTURE.md name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.demo.example.page import PAGE, page
from app.demo.example.run import run
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_what_a_run_writes(settings: Settings, tmp_path: Path) -> None:
    written = page(run(tmp_path / "samples"))
    assert written == (ROOT / PAGE).read_text(encoding="utf-8"), "write it anew: make example"


@pytest.mark.parametrize("document", [PAGE, Path("ARCHITECTURE.md")], ids=str)
def test_every_file_that_is_named_exists(document: Path) -> None:
    named = re.findall(r"\b(?:app|docs|tests|scripts|alembic)/[\w./-]*\w", (ROOT / document).read_text("utf-8"))
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_page_names_a_file_for_each_section() -> None:
    """Each step of the walk says who does it."""
    _, *sections = re.split(r"^## (?=\d)", (ROOT / PAGE).read_text("utf-8"), flags=re.MULTILINE)
    assert len(sections) == 11
    assert all("*Done by* `app/" in section for section in sections)
