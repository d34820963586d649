"""How the command `demo` ends: with 1 if any check did not hold, and with a report that says which."""

from __future__ import annotations

import json
from collections.abc import Callable

import click
import pytest

from app.cli.demo import conclude, demo
from app.db import transaction
from app.demo.checks import Check
from app.demo.play import Played
from app.demo.tour import tour
from app.settings import Settings
from app.status.run_report import report, snapshot

HELD = Check("albums whole and in order", True, "30 albums")
WRONG = Check("every picture with words read", False, "no [pictures] at all")
TOLD = Check("every metric is served", True, "80 metrics")


@pytest.fixture
def played(settings: Settings) -> Callable[..., Played]:
    """A demo of nothing: reports of an empty database, and whichever checks."""

    def of(*checks: Check) -> Played:
        with transaction() as session:
            before = snapshot(session)
            passes = [report(session, before, seconds, idle=True, open="") for seconds in (3.0, 4.0)]
            return Played(passes[0], passes[1], list(checks), tour(session), None, [])

    return of


def ended(played: Played, *, json_: bool) -> int:
    """The exit code of the command."""
    with pytest.raises(click.exceptions.Exit) as end:
        conclude(click.Context(demo), played, json_=json_, keep=None)
    return end.value.exit_code


@pytest.mark.parametrize(
    ("checks", "code", "says"),
    [
        ((HELD, TOLD), 0, "Every check held, after 7 s."),
        ((HELD, WRONG, TOLD), 1, "1 of 3 checks did not hold, after 7 s."),
        ((WRONG, HELD), 1, "1 of 2 checks did not hold, after 7 s."),
        ((HELD, WRONG), 1, "1 of 2 checks did not hold, after 7 s."),
        ((WRONG, WRONG), 1, "2 of 2 checks did not hold, after 7 s."),
    ],
)
def test_it_ends_with_one_if_any_check_did_not_hold(
    checks: tuple[Check, ...],
    code: int,
    says: str,
    played: Callable[..., Played],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended(played(*checks), json_=False) == code
    shown = capsys.readouterr().out
    assert says in shown
    rows = [line for line in shown.splitlines() if line.strip().startswith(("✓", "✗"))]
    assert [line.split()[0] for line in rows] == ["✓" if check.held else "✗" for check in checks]
    for line, check in zip(rows, checks, strict=True):
        assert check.name in line
        assert check.detail in line


@pytest.mark.parametrize(("checks", "code"), [((HELD, TOLD), 0), ((HELD, WRONG, TOLD), 1)])
def test_a_program_reads_which_check_did_not_hold(
    checks: tuple[Check, ...], code: int, played: Callable[..., Played], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(played(*checks), json_=True) == code
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is (code == 0)
    wanted = [{"name": check.name, "held": check.held, "detail": check.detail} for check in checks]
    assert told["checks"] == wanted
    assert (told["seconds"], told["second_pass"]["seconds"]) == (3.0, 4.0)
