"""How a command ends: its exit code, and the one line on stderr that names the remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import click
import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.cli import main
from app.errors import Permanent, UserError

SECRET = "5ec2e7-of-a-person"


class Missing(Exception):
    """What the driver raises for a table that is not there."""

    sqlstate = "42P01"


class NoColumn(Missing):
    """The same of a column."""

    sqlstate = "42703"


class Refused(Missing):
    """Another fault of a statement."""

    sqlstate = "42601"


def fails(error: BaseException) -> Callable[[], NoReturn]:
    """A command that fails so."""

    def body() -> NoReturn:
        raise error

    return body


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs one more command, whose body is given; its exit code and what it said on stderr."""

    def run(body: Callable[[], object]) -> tuple[int, str]:
        monkeypatch.setitem(main.COMMANDS, "more", f"{__name__}:more")
        monkeypatch.setitem(globals(), "more", click.Command("more", callback=body))
        with pytest.raises(SystemExit) as end:
            main.main(["more"])
        said = capsys.readouterr()
        assert said.out == ""
        assert isinstance(end.value.code, int)
        return end.value.code, said.err

    return run


AWAY = OperationalError("SELECT 1", {}, Exception(f"connection failed: port 1\nwith {SECRET} below"))


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (UserError("write [red]name=pattern[/]"), 2, "media-audit: write [red]name=pattern[/]"),
        (Permanent("the file is gone"), 1, "media-audit: the file is gone"),
        (AWAY, 1, "media-audit: the database does not answer: connection failed: port 1"),
        (click.Abort(), 130, "media-audit: interrupted"),
        (ProgrammingError("SELECT", {}, Missing("no table")), 1, "media-audit: the schema is not whole: `media-audit"),
        (ProgrammingError("SELECT", {}, NoColumn("none")), 1, "media-audit: the schema is not whole: `media-audit"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_is_one_line_and_a_code(
    error: BaseException, code: int, says: str, ended: Callable[..., tuple[int, str]]
) -> None:
    found, said = ended(fails(error))
    assert found == code
    [line] = said.splitlines()
    assert line.startswith(says)
    assert SECRET not in said


@pytest.mark.parametrize("end", [KeyboardInterrupt(), EOFError()], ids=repr)
def test_an_interruption_has_a_code_of_its_own(end: BaseException, ended: Callable[..., tuple[int, str]]) -> None:
    code, said = ended(fails(end))
    assert (code, said.strip()) == (130, "media-audit: interrupted")


@pytest.mark.parametrize("error", [KeyError("a bug"), ProgrammingError("SELEC", {}, Refused("syntax"))], ids=repr)
def test_a_bug_shows_where_it_is(error: Exception, ended: Callable[..., tuple[int, str]]) -> None:
    code, said = ended(fails(error))
    assert code == 1
    assert said.startswith("Traceback")
    assert ", in body" in said
    assert said.splitlines()[-1] == "media-audit: this is a bug: please report it with the lines above"


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (1, 1), (3, 3), (4, 4)])
def test_a_command_says_its_own_code(code: int, expected: int, ended: Callable[..., tuple[int, str]]) -> None:
    assert ended(lambda: click.get_current_context().exit(code)) == (expected, "")


def test_a_command_without_a_code_is_done(ended: Callable[..., tuple[int, str]]) -> None:
    assert ended(lambda: None) == (0, "")


def test_a_wrong_argument_names_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main.main(["search", "--limit", "0", "words"])
    said = capsys.readouterr()
    assert (end.value.code, said.out) == (2, "")
    assert said.err.startswith("Usage: media-audit search")
    assert "--limit" in said.err.splitlines()[-1]


def test_a_database_that_is_away_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://me:{SECRET}@127.0.0.1:1/archive")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    with pytest.raises(SystemExit) as end:
        main.main(["search", "words"])
    said = capsys.readouterr()
    assert (end.value.code, said.out) == (1, "")
    [line] = said.err.splitlines()
    assert line.startswith("media-audit: the database does not answer: ")
    assert "127.0.0.1" in line
    assert SECRET not in line


def test_the_version_and_the_help_are_no_errors(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["--version"], ["-h"], ["search", "-h"]):
        with pytest.raises(SystemExit) as end:
            main.main(argv)
        said = capsys.readouterr()
        assert (end.value.code, said.err) == (0, "")
        assert said.out.startswith(("media-audit, version", "Usage: media-audit"))


def test_commands_are_listed_in_the_order_in_which_people_meet_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main(["--help"])
    listed = [line.split()[0] for line in capsys.readouterr().out.partition("Commands:\n")[2].splitlines() if line]
    names = [name for name in listed if name in main.COMMANDS]
    assert names[:5] == ["demo", "run", "up", "down", "login"]
    assert sorted(names) == sorted(main.COMMANDS)
