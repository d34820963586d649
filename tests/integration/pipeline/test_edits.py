"""Edits: which posts each poll reads again, and what an edited post keeps of the texts before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.settings import get_settings
from tests.factories.messages import START, message, photo, texts
from tests.integration.pipeline.database import one, revision, rows
from tests.integration.pipeline.flow import Flow

KEPT = "SELECT array_agg(telegram_message_id ORDER BY telegram_message_id) FROM posts"
HISTORY = "SELECT history FROM posts WHERE telegram_message_id = 1"


def edit_window(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setenv("EDIT_WINDOW", str(size))
    get_settings.cache_clear()


def test_bursts_around_the_size_of_the_window_lose_no_message(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    edit_window(monkeypatch, 3)
    flow.post(*texts([1]))
    flow.watch()
    last = 1
    for burst in (5, 3, 4, 2, 7, 4):
        flow.post(*(message(i, service=True) for i in range(last + 1, last + 1 + burst)))
        last += burst
        flow.run()
        assert one(KEPT) == list(range(1, last + 1)), burst
        assert one("SELECT cursor FROM channels") == last


def test_a_window_of_more_than_a_page_reaches_as_far_as_it_says(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    edit_window(monkeypatch, 150)
    edited = {10: "Below it", 11: "Its lowest post", 90: "In the middle of it"}
    flow.post(*(message(i, words, service=not words) for i in range(1, 161) for words in [edited.get(i, "")]))
    flow.watch()
    flow.post(*(message(i, f"{words}, edited") for i, words in edited.items()))
    flow.run()
    found = rows("SELECT telegram_message_id, text FROM posts WHERE text <> '' ORDER BY 1")
    assert found == [(10, "Below it"), (11, "Its lowest post, edited"), (90, "In the middle of it, edited")]
    flow.delete(9, 11)
    flow.run()
    assert rows("SELECT telegram_message_id FROM posts WHERE deleted_at IS NOT NULL") == [(11,)]


def test_all_texts_of_a_post_are_kept_with_their_ends(flow: Flow) -> None:
    """A text counts until the edit that replaced it, also one that came back."""
    said = ["Trams run until midnight", "Trams run until one", "Trams run until midnight", "No trams"]
    flow.post(message(1, said[0]))
    flow.watch()
    hours = [START + timedelta(hours=n) for n in range(1, 4)]
    for words, when in zip(said[1:], hours, strict=True):
        flow.post(message(1, words, edit_date=when))
        flow.run()
    assert one(HISTORY) == [
        {"text": words, "until": when.isoformat()} for words, when in zip(said[:3], hours, strict=True)
    ]
    assert rows("SELECT text, edited_at FROM posts") == [(said[3], hours[-1])]
    assert revision(1) == 4
    assert one("SELECT text FROM search_documents") == said[3]


def test_an_edit_without_a_date_ends_a_text_at_no_time(flow: Flow) -> None:
    flow.post(message(1, "Before"))
    flow.watch()
    flow.post(message(1, "After"))
    flow.run()
    assert one(HISTORY) == [{"text": "Before", "until": None}]


def test_what_is_no_edit_of_the_text_adds_no_text(flow: Flow) -> None:
    """Another picture, counts, a deletion and a return: the text was the same all the time."""
    flow.post(message(1, "The same", photo("cat"), views=1), message(2, "Stays"))
    flow.watch()
    flow.post(message(1, "The same", photo("dog"), views=2, edit_date=START + timedelta(hours=1)))
    flow.run()
    flow.delete(1)
    flow.run()
    flow.post(message(1, "The same", photo("dog"), views=2))
    flow.run()
    assert one(HISTORY) == []
    assert rows("SELECT views, deleted_at FROM posts WHERE telegram_message_id = 1") == [(2, None)]
