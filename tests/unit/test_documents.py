"""What search knows of a publication, and how a hit is shown."""

from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.documents import FIELD_LIMIT, START, STOP, Document, ItemContent, clean, compose, opening, snippet


def _document() -> Document:
    items = [
        ItemContent(ocr="Расписание", labels=("cat", "sofa"), file_name="plan.pdf"),
        ItemContent(ocr="Расписание", labels=("cat",), description="A cat on a sofa"),
        ItemContent(),
    ]
    return compose("Новый мост", items, ["мост", "кошка", "мост"], "ru")


def test_each_field_has_its_sources_once() -> None:
    document = _document()
    assert document.text == "Новый мост"
    assert document.ocr == "Расписание"
    assert document.labels.splitlines() == ["cat", "sofa", "plan.pdf", "A cat on a sofa"]
    assert document.tags.splitlines() == list(document.tag_list) == ["мост", "кошка"]


def test_what_an_embedder_reads() -> None:
    assert _document().embedding_text == "Новый мост\nмост, кошка\nРасписание\ncat\nsofa\nplan.pdf\nA cat on a sofa"
    assert compose("", [ItemContent()], []).embedding_text == ""


@pytest.mark.parametrize(
    ("text", "item", "read"),
    [
        ("Мост", ItemContent(), "Мост\nphoto"),
        ("", ItemContent(ocr="Расписание"), "photo\nРасписание"),
        ("", ItemContent(labels=("cat",)), "photo\ncat"),
        ("", ItemContent(ocr="Расписание", labels=("cat",)), "photo\nРасписание\ncat"),
        ("", ItemContent(), ""),
    ],
)
def test_a_document_without_more_than_tags_is_not_embedded(text: str, item: ItemContent, read: str) -> None:
    assert compose(text, [item], ["photo"]).embedding_text == read


@pytest.mark.parametrize("change", [{"text": "x"}, {"tags": "x"}, {"ocr": "x"}, {"labels": "x"}, {"language": "en"}])
def test_any_change_changes_the_hash(change: dict[str, str]) -> None:
    document = _document()
    assert document.content_hash == _document().content_hash
    assert dataclasses.replace(document, **change).content_hash != document.content_hash  # type: ignore[arg-type]


def test_nothing_that_the_database_refuses() -> None:
    document = compose("a\x00b\ud800" + "я" * FIELD_LIMIT * 2, [ItemContent(ocr="\x00\x1b[31mтекст")], ["\x00"])
    assert document.text.startswith("abя")
    assert len(document.text) == FIELD_LIMIT
    assert document.ocr == "[31mтекст"
    assert document.tag_list == ()
    assert clean("строка\nвторая\tтретья") == "строка\nвторая\tтретья"


def test_a_snippet_marks_words_on_one_line() -> None:
    assert snippet(f"Новый\n{START}мост{STOP}  через {START}реку{STOP}") == "Новый **мост** через **реку**"


@given(st.text())
def test_a_snippet_is_safe_to_print(text: str) -> None:
    for shown in (snippet(text), opening(text)):
        assert shown == "".join(c for c in shown if c.isprintable() or c == "\u200d")
        assert "\u202e" not in shown


def test_an_opening_ends_at_a_word() -> None:
    assert opening("короткий\nтекст") == "короткий текст"
    assert opening("слово " * 100) == "слово " * 32 + "слово…"


def test_a_book_is_found_whole_and_random_words_as_far_as_an_index_takes_them() -> None:
    book = "Совет утвердил бюджет города на следующий год и отложил решение о мосте. " * 5_000 + "Последнее слово"
    assert compose("", [ItemContent(ocr=book)], []).ocr == book
    words = random.Random(1)
    noise = " ".join("".join(words.choices("абвгдежзийклмн", k=5)) for _ in range(90_000))
    found = compose(noise, [ItemContent(ocr=noise)], []).ocr
    assert FIELD_LIMIT <= len(found) < 300_000
    assert noise.startswith(found)
