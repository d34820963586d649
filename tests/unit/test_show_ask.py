"""An answer on the screen: its sentences, each post once, in the language of the question, and within 80 columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from rich.console import Console

from app.ask.answers import AnswerShown, Citation, Said
from app.ask.sources import PassageShown, Place
from app.cli.show_ask import show_answer, show_passages, show_question
from app.domain.ask.frames import Outcome

AT = datetime(2026, 5, 22, 10, tzinfo=UTC)
PLACE = Place(7, "Lanternfield [b]Workshop[/b]\x1b[2J", "https://t.me/lanternfield_workshop/86", AT, None)
OTHER = replace(PLACE, publication_id=8, permalink=None, channel="Общий стол")
TEXT = "Ships from\n1 [red]June[/red]\x1b[2J."
CITE = Citation(3, TEXT, "ocr", 1, PLACE, edited=False, stands=True)
ANSWER = AnswerShown(
    id=5,
    text="When does it\nship?",
    language="en",
    outcome=Outcome.ANSWERED,
    asked_at=AT,
    answered_at=AT,
    answerer="extractive-1",
    retrieval={},
    passages=[PassageShown(PLACE, 1, False, ["Seven days to go.", TEXT])],
    sentences=[Said(TEXT, [CITE])],
)


def printed(answer: AnswerShown, width: int = 80) -> list[str]:
    console = Console(width=width, highlight=False, color_system=None)
    with console.capture() as capture:
        show_answer(console, answer)
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_sentence_stands_in_one_line_with_its_post_below() -> None:
    assert printed(ANSWER) == [
        "",
        "Answer",
        "Ships from 1 [red]June[/red] [2J. [1]",
        "",
        "Sources",
        "[1] https://t.me/lanternfield_workshop/86  Lanternfield [b]Workshop[/b] [2J,",
        "    2026-05-22; in a picture",
        "question 5, extractive-1",
    ]


def test_words_of_one_field_of_a_post_are_one_source() -> None:
    said = [
        Said("One.", [replace(CITE, quote="One.")]),
        Said("Two.", [replace(CITE, span=4, quote="Two."), replace(CITE, span=9, quote="2", source="post")]),
        Said("Three.", [replace(CITE, span=5, quote="3", place=OTHER)]),
    ]
    lines = printed(replace(ANSWER, sentences=said))
    assert lines[2:5] == ["One. [1]", "Two. [1][2]", "Three. [3]"]
    sources = lines[lines.index("Sources") + 1 :]
    assert [line[:4] for line in sources if line.startswith("[")] == ["[1] ", "[2] ", "[3] "]
    assert "[3] Общий стол, 2026-05-22; in a picture" in sources


def test_a_quote_is_shown_where_the_sentence_is_not_the_posts_own() -> None:
    lines = printed(replace(ANSWER, sentences=[Said("It ships on 1 June.", [replace(CITE, quote="from\n1 June")])]))
    assert "    «from 1 June»" in lines
    assert not any("«" in line for line in printed(ANSWER))


def test_a_post_that_changed_since_is_marked() -> None:
    cites = [replace(CITE, edited=True, quote="One"), replace(CITE, edited=True, stands=False, span=4, quote="Two")]
    both = printed(replace(ANSWER, sentences=[Said("Both.", cites)]), 200)
    one = printed(replace(ANSWER, sentences=[Said("Both.", cites[:1])]), 200)
    gone = replace(CITE, place=replace(PLACE, deleted_at=AT))
    deleted = printed(replace(ANSWER, sentences=[Said("Both.", [gone])]), 200)
    assert any("edited since: the post no longer says it" in line for line in both)
    assert any(line.endswith("; edited since") for line in one)
    assert any(line.endswith("; deleted in Telegram") for line in deleted)


def test_the_words_around_an_answer_are_in_the_language_of_the_question() -> None:
    lines = printed(replace(ANSWER, language="ru", tokens=1_234))
    assert lines[1] == "Ответ"
    assert lines[-1] == "вопрос 5, extractive-1, токенов: 1,234"
    assert printed(replace(ANSWER, language="uk"))[-1] == "запитання 5, extractive-1"


def test_without_an_answer_the_passages_stand_above_the_words_that_name_them() -> None:
    console = Console(width=80, highlight=False, color_system=None)
    with console.capture() as capture:
        show_question(console, replace(ANSWER, sentences=[], outcome=Outcome.NOT_FOUND))
    lines = [line.rstrip() for line in capture.get().splitlines()]
    assert lines[:3] == ["When does it ship?", "", "Passages"]
    assert lines[3].startswith("1. https://t.me/lanternfield_workshop/86")
    assert "The archive has no answer that a post proves. The nearest passages are above." in lines
    assert "Answer" not in lines


def test_no_line_is_longer_than_the_screen_and_long_ones_keep_their_indent() -> None:
    spans = ["слово " * 60]
    console = Console(width=80, highlight=False, color_system=None)
    with console.capture() as capture:
        show_passages(console, "ru", [PassageShown(PLACE, 1, False, spans)] * 10)
    lines = capture.get().splitlines()
    assert max(map(len, lines)) <= 80
    assert [line[:5] for line in lines if line.strip().startswith("слово")] == ["    с"] * 30
    assert sum(line.startswith("10. https") for line in lines) == 1
    assert sum(line.startswith("9.  https") for line in lines) == 1
