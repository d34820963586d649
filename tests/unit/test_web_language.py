"""The page's words: each has its translation, and values are written as readers of a language write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.web.language import CATALOGUES, LANGUAGES, chosen
from app.web.rendering import HERE
from app.web.words import TABLES, Words


def catalogue(language: str) -> Catalog:
    """The catalogue of a language."""
    with (CATALOGUES / f"{language}.po").open(encoding="utf-8") as file:
        return read_po(file, locale=language)


def forms(one: Message) -> Iterator[tuple[str, str]]:
    """(English, translation), of a word with its number for one and for many: both have all forms."""
    ids = [one.id] if isinstance(one.id, str) else one.id
    said = [one.string] if isinstance(one.string, str) else one.string or [""]
    yield from ((id_, " ".join(said) if all(said) else "") for id_ in ids)


def in_templates() -> set[str]:
    """The words that the templates show."""
    options = {"**.html": {"newstyle_gettext": "true"}}
    found = extract_from_dir(HERE / "templates", [("**.html", "jinja2")], options)
    return {one for _, _, words, _, _ in found for one in ([words] if isinstance(words, str) else words)}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_word_is_translated_and_no_other(language: str) -> None:
    known = {id_: said for one in catalogue(language) if one.id for id_, said in forms(one)}
    assert in_templates() | {str(one) for one in TABLES} == set(known)
    assert [one for one, translation in known.items() if not translation.strip()] == []
    places = re.compile(r"%\(\w+\)s")
    assert [one for one, said in known.items() if set(places.findall(one)) != set(places.findall(said))] == []


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "ru", "ru"),
        (None, "ru-RU, en;q=0.8", "ru"),
        (None, "en;q=0.5, ru;q=0.8", "ru"),
        (None, "uk, de;q=0.9", "en"),
        (None, "ru;q=0", "en"),
        (None, "ru;q=much, ;;;", "en"),
        ("ru", "en", "ru"),
        ("../../etc", "ru", "ru"),
    ],
)
def test_the_language_of_a_request(cookie: str | None, accepted: str, language: str) -> None:
    assert chosen(cookie, accepted) == language


def test_values_are_written_in_the_language() -> None:
    english, russian = Words("en"), Words("ru")
    at = datetime(2026, 3, 1, 7, 5, tzinfo=UTC)
    assert english.moment(at) == '<time datetime="2026-03-01T07:05:00+00:00">1 Mar 2026, 07:05 UTC</time>'
    assert russian.moment(at) == '<time datetime="2026-03-01T07:05:00+00:00">1 мар. 2026, 07:05 UTC</time>'
    assert english.moment(None) == ""
    assert english.number(1_234_567) == "1,234,567"
    assert russian.number(1_234_567) == "1\xa0234\xa0567"
    assert (english.ago(3 * 3600 + 5), russian.ago(2 * 86_400)) == ("3 hours ago", "2 дня назад")
    assert (english.ago(0.2), english.ago(-3)) == ("1 second ago", "1 second ago")  # a clock that is behind
    assert english.ago(None) == ""


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1 KiB"), (9_800, "9.6 KiB"), (52_000, "51 KiB"), (3 * 2**30, "3 GiB")],
)
def test_sizes_have_three_digits_at_most(count: int, said: str) -> None:
    assert Words("en").size(count) == said


@pytest.mark.parametrize(("seconds", "said"), [(4.6, "0:05"), (65, "1:05"), (3_723, "1:02:03")])
def test_durations_are_written_as_players_do(seconds: float, said: str) -> None:
    assert Words("en").clock(seconds) == said
