"""How the command `demo` ends: with 1 if any check did not hold, and with a report that says which."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import click
import pytest

from app.ask.answers import AnswerShown, Citation, Said
from app.ask.sources import PassageShown, Place
from app.cli.demo import conclude, demo
from app.db import transaction
from app.demo.checks import Check
from app.demo.play import Played
from app.demo.tour import tour
from app.domain.ask.frames import Outcome
from app.settings import Settings
from app.status.run_report import report, snapshot

HELD = Check("albums whole and in order", True, "30 albums")
WRONG = Check("every picture with words read", False, "no [pictures] at all")
TOLD = Check("every metric is served", True, "80 metrics")

AT = datetime(2026, 5, 17, tzinfo=UTC)
PLACE = Place(1, "Город", "https://t.me/city/146", AT, None)
ANSWER = AnswerShown(
    id=1,
    text="Сколько мешков?",
    language="ru",
    outcome=Outcome.ANSWERED,
    asked_at=AT,
    answered_at=AT,
    answerer="extractive-1",
    retrieval={},
    passages=[PassageShown(PLACE, 1, False, ["46 мешков."]), PassageShown(PLACE, 1, False, ["Ярмарка."])],
    sentences=[Said("46 мешков.", [Citation(1, "46 мешков.", "post", 1, PLACE, edited=False, stands=True)])],
)
NOTHING = replace(ANSWER, id=2, text="Кто построил маяк?", outcome=Outcome.NOT_FOUND, sentences=())


@pytest.fixture
def played(settings: Settings) -> Callable[..., Played]:
    """A demo of nothing: reports of an empty database, and whichever checks and answers."""

    def of(*checks: Check, answers: Sequence[AnswerShown] = ()) -> Played:
        with transaction() as session:
            before = snapshot(session)
            passes = [report(session, before, seconds, idle=True, open="") for seconds in (3.0, 4.0)]
            return Played(passes[0], passes[1], list(checks), tour(session), None, list(answers))

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


def test_the_report_has_the_questions_with_their_posts(
    played: Callable[..., Played], capsys: pytest.CaptureFixture[str]
) -> None:
    ended(played(HELD, answers=[ANSWER, NOTHING]), json_=False)
    shown = capsys.readouterr().out
    first, second = shown[shown.index("Сколько мешков?") :].split("Кто построил маяк?")
    assert first.index("46 мешков. [1]") < first.index("[1] https://t.me/city/146")
    assert "В архиве нет ответа" in second
    assert second.index("https://t.me/city/146") < second.index("В архиве нет ответа")  # the nearest passages
    assert "[1]" not in second


def test_a_program_reads_the_answers(played: Callable[..., Played], capsys: pytest.CaptureFixture[str]) -> None:
    ended(played(HELD, answers=[ANSWER, NOTHING]), json_=True)
    answered, nothing = json.loads(capsys.readouterr().out)["answers"]
    assert [one["text"] for one in answered["sentences"]] == ["46 мешков."]
    assert answered["sentences"][0]["cites"][0]["place"]["permalink"] == "https://t.me/city/146"
    assert (nothing["text"], nothing["outcome"], nothing["sentences"]) == ("Кто построил маяк?", "not_found", [])
