"""The command without any service: help, exit codes, and errors that name their remedy."""

from __future__ import annotations

import pytest

from app.cli import main
from app.cli.login import replaced
from app.cli.output import ago, short, size
from app.cli.saved import add
from app.cli.search import marked, search
from app.domain.query.parser import parse


def call(*argv: str) -> int:
    """Runs the command in this process; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main.main(argv)
    return int(ended.value.code or 0)


def test_help_lists_every_command_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in main.COMMANDS)
    for line in ("  0    done", "  2    a wrong setting", "  3    `run` was not finished", "  130  interrupted"):
        assert line in shown


@pytest.mark.parametrize("name", list(main.COMMANDS))
def test_each_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(name, "--help") == 0
    assert capsys.readouterr().out.startswith("Usage: ")


def test_a_minus_before_a_word_is_no_option() -> None:
    words = ("мост", "-ремонт", "-channel:@x", "-h5", "OR", "-(a b)", "-")
    given = search.make_context("search", [*words, "--limit", "3", "--channel", "-1001234"]).params
    assert parse(" ".join(given["words"])) == parse(" ".join(words))
    assert (given["limit"], given["channel"]) == (3, "-1001234")
    assert parse(" ".join(add.make_context("add", ["x", *words]).params["words"])) == parse(" ".join(words))


def test_a_misspelt_option_is_no_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("search", "мост", "--ordr", "date") == 2
    assert "No such option" in capsys.readouterr().err


def test_an_unknown_command_is_a_mistake_of_the_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("nosuch") == 2
    assert "No such command 'nosuch'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({}, "media-audit login"),
        ({"TELEGRAM_SESSION": "1Ab"}, "https://my.telegram.org"),
        ({"TELEGRAM_SESSION": "1Ab", "TELEGRAM_API_ID": "1", "TELEGRAM_API_HASH": "x"}, "media-audit login"),
    ],
)
def test_run_and_up_stop_without_an_account(
    settings: dict[str, str], remedy: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for argv in (["run", "--until-idle"], ["up"]):
        assert call(*argv) == 2
        said = capsys.readouterr()
        assert remedy in said.err
        assert said.out == ""
        assert "1Ab" not in said.err


def test_a_wrong_setting_is_named_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TELEGRAM_API_ID", "secret-in-the-wrong-place")
    assert call("status") == 2
    said = capsys.readouterr().err
    assert "TELEGRAM_API_ID" in said
    assert "secret" not in said
    assert len(said.splitlines()) == 1


def test_a_home_that_cannot_be_made_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEDIA_AUDIT_HOME", "/proc/media-audit")
    assert call("services", "start") == 2
    assert "MEDIA_AUDIT_HOME" in capsys.readouterr().err


def test_login_replaces_the_old_session_and_keeps_the_rest() -> None:
    before = "TELEGRAM_API_ID=1\nexport TELEGRAM_SESSION = old\n# TELEGRAM_SESSION is a secret\n"
    after = "TELEGRAM_API_ID=1\n# TELEGRAM_SESSION is a secret\nTELEGRAM_SESSION=new\n"
    assert replaced(before, "TELEGRAM_SESSION=new") == after


def test_numbers_read_as_people_say_them() -> None:
    assert [ago(s) for s in (None, 0.4, 119, 120, 7_200, 200_000)] == ["-", "0 s", "119 s", "2 min", "2 h", "2 d"]
    assert [size(b) for b in (0, 999, 1_000, 18_082_745, 250_000_000)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "18.1 MB",
        "250 MB",
    ]


def test_a_text_cannot_steer_the_terminal() -> None:
    assert short("one\x1b[2J\ttwo\nthree\x07 \x9b31m") == "one [2J two three 31m"
    assert short("👩‍👩‍👧") == "👩‍👩‍👧", "joined emoji stay joined"
    assert len(short("x" * 500)) == 160


def test_a_snippet_cannot_write_markup_of_its_own() -> None:
    assert marked("a **word** and [red]x[/]") == r"a [bold yellow]word[/] and \[red]x\[/]"
