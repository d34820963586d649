"""scripts/check-prose: it finds the two constructions in prose alone, and its limits only fall."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEDGER = "scripts/prose-limits.json"
LONG = "word " * 2_100  # a file of fewer than 2,000 words may have none of either construction


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose ledger allows nothing."""
    limits(tmp_path, {})
    return tmp_path


def write(project: Path, name: str, text: str) -> None:
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text(text)


def limits(project: Path, ledger: dict[str, dict[str, int]]) -> None:
    write(project, LEDGER, json.dumps(ledger))


def ledger(project: Path) -> object:
    return json.loads((project / LEDGER).read_text())


def check(project: Path, *options: str) -> tuple[int, str]:
    """The exit code, and the lines about files; the totals come before them."""
    command = [sys.executable, str(ROOT / "scripts" / "check-prose"), "--root", str(project), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == ""
    return done.returncode, "\n".join(done.stdout.splitlines()[3:])


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("app/a.py", '"""Tells\nwhat\nwas read."""\n', "1 of `what`, allowed 0; lines 2"),
        ("app/b/c.py", "x = 1  # Whoever asks, and nobody else\n", "2 of `person`, allowed 0; lines 1, 1"),
        ("app/a.py", "# one\n# of what\n# comes\nx = 1\n", "1 of `what`, allowed 0; lines 2"),
        ("app/a.py", 'class A:\n    def b(self):\n        """For whom."""\n', "1 of `person`, allowed 0; lines 3"),
        ("README.md", "# What is kept\n", "1 of `what`, allowed 0; lines 1"),
        ("docs/adr/a.md", "```\nx\n```\nAnybody's.\n", "1 of `person`, allowed 0; lines 4"),
        ("compose.yaml", "a: 1\n  # somebody\n", "1 of `person`, allowed 0; lines 2"),
        (".env.example", "# what may be left out\nA=1\n", "1 of `what`, allowed 0; lines 1"),
    ],
)
def test_it_tells_the_construction_and_its_line(project: Path, name: str, text: str, found: str) -> None:
    write(project, name, text)
    assert check(project) == (1, f"{name}: {found}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app/a.py", 'x = "nobody"\n\n\ndef y():\n    return """what is"""\n'),
        ("app/a.py", '"""Never `whom`, never `what is`."""\n'),
        ("README.md", "Never `nobody`.\n\n```\nwhat is\n```\n"),
        ("README.md", "Tell what it costs, and somewhat later was too late for a bodybuilder.\n"),
        ("CHANGELOG.md", "Nobody knew what was in it.\n"),
        ("Makefile", "all: ## what is wanted\n\t@echo nobody\n"),
        ("tests/a.py", '"""What is tested."""\n'),
    ],
)
def test_it_reads_prose_alone(project: Path, name: str, text: str) -> None:
    write(project, name, text)
    assert check(project) == (0, "")


def test_fewer_than_five_in_ten_thousand_words_are_no_fault(project: Path) -> None:
    write(project, "README.md", LONG + "nobody")
    assert check(project)[0] == 0
    write(project, "README.md", LONG + "nobody, whoever")
    assert check(project) == (1, "README.md: 2 of `person`, allowed 0; lines 1, 1")


def test_a_limit_holds_from_above_and_from_below(project: Path) -> None:
    limits(project, {"README.md": {"person": 2}})
    write(project, "README.md", "nobody, somebody")
    assert check(project) == (0, "")
    write(project, "README.md", "nobody, somebody, anybody")
    assert check(project)[0] == 1
    write(project, "README.md", "nobody")
    assert check(project) == (1, "README.md: 1 of `person`, limit 2: lower it with scripts/check-prose --write")


def test_write_lowers_limits_and_raises_none(project: Path) -> None:
    limits(project, {"README.md": {"person": 2, "what": 1}, "app/a.py": {"what": 1}, "docs/gone.md": {"person": 1}})
    write(project, "README.md", "nobody, and what is more")
    write(project, "app/a.py", "# what is, and what was\n")
    write(project, "docs/new.md", "nobody")
    code, said = check(project, "--write")
    assert ledger(project) == {"README.md": {"person": 1, "what": 1}, "app/a.py": {"what": 1}}
    assert code == 1, "more than a limit is a fault still"
    assert [line.split(":")[0] for line in said.splitlines()] == ["app/a.py", "docs/new.md"]


def test_an_entry_names_a_file_that_exists(project: Path) -> None:
    limits(project, {"docs/gone.md": {"person": 1}})
    code, said = check(project)
    assert code == 1
    assert said.startswith("docs/gone.md: ")
    assert check(project, "--write") == (0, "")


def test_the_first_ledger_allows_the_present_counts(project: Path) -> None:
    (project / LEDGER).unlink()
    write(project, "README.md", "nobody, and what is more")
    assert check(project, "--write") == (0, "")
    assert ledger(project) == {"README.md": {"person": 1, "what": 1}}


def test_the_project_keeps_its_limits() -> None:
    assert check(ROOT) == (0, "")
