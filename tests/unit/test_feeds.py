"""Feeds as documents: valid Atom whatever posts say, and no token of an address in a log."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.feeds import Entry, Feed, document, masked, path_of

ATOM = "{http://www.w3.org/2005/Atom}"
NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
URI = re.compile(r"tag:media-audit\.invalid,2026:[A-Za-z0-9:]+")
ENTRY = Entry(17, 1234, "Город", "Паром\nотменён", ("порт",), "https://t.me/city/5", "/p/city/5", NOON, NOON)
FEED = Feed(3, NOON, "ferries", "паром -отпуск", (ENTRY,))
texts = st.text(st.characters(codec=None), max_size=200)


def checked(body: bytes) -> ElementTree.Element:
    """The feed of a document, held against the rules of RFC 4287 on its elements."""
    root = ElementTree.fromstring(body)
    assert root.tag == ATOM + "feed"
    for element in (root, *root.findall(ATOM + "entry")):
        count = Counter(child.tag.removeprefix(ATOM) for child in element)
        assert (count["id"], count["title"], count["updated"]) == (1, 1, 1)
        assert max(count["published"], count["content"], count["subtitle"], count["generator"]) <= 1
        assert URI.fullmatch(text(element, "id"))
        for name in ("updated", "published"):
            assert all(MOMENT.fullmatch(one.text or "") for one in element.findall(ATOM + name))
        links = [link.get("rel") for link in element.findall(ATOM + "link")]
        assert len(set(links)) == len(links), "one alternate link of a type"
    for entry in root.findall(ATOM + "entry"):
        assert entry.find(f"{ATOM}author/{ATOM}name") is not None, "the feed has no author, so each entry has one"
        assert entry.find(ATOM + "content") is not None or entry.find(f"{ATOM}link[@rel='alternate']") is not None
    ids = [text(entry, "id") for entry in root.findall(ATOM + "entry")]
    assert len(set(ids)) == len(ids)
    return root


def text(element: ElementTree.Element, name: str) -> str:
    return element.findtext(ATOM + name) or ""


def links(body: bytes) -> list[tuple[str | None, str | None]]:
    return [(link.get("rel"), link.get("href")) for link in checked(body).iter(ATOM + "link")]


def test_a_feed_says_what_its_entries_are() -> None:
    root = checked(document(FEED, None))
    assert (text(root, "title"), text(root, "subtitle")) == ("ferries", "паром -отпуск")
    entry = root.find(ATOM + "entry")
    assert entry is not None
    assert (text(entry, "title"), text(entry, "content")) == ("Паром", "Паром\nотменён")
    assert [tag.get("term") for tag in entry.findall(ATOM + "category")] == ["порт"]
    assert text(entry, "published") == "2026-11-30T12:00:00Z"


def test_links_are_absolute() -> None:
    here = ("alternate", "https://archive.example.org/p/city/5")
    assert links(document(FEED, "https://archive.example.org/")) == [here, ("via", "https://t.me/city/5")]
    assert links(document(FEED, None)) == [("alternate", "https://t.me/city/5")], "no link to a page without address"
    unknown = replace(FEED, entries=(replace(ENTRY, link=""),))
    assert links(document(unknown, None)) == []
    assert links(document(unknown, "https://archive.example.org")) == [here]


def test_ids_stay_while_all_else_changes() -> None:
    later = replace(ENTRY, text="другое", updated_at=datetime(2026, 12, 1, tzinfo=UTC), link="", page="/p/new_name/5")
    before, after = (
        checked(document(replace(FEED, entries=(one,)), url)) for one, url in ((ENTRY, None), (later, "x"))
    )
    assert [one.text for one in before.iter(ATOM + "id")] == [one.text for one in after.iter(ATOM + "id")]
    assert text(after, "updated") == "2026-12-01T00:00:00Z"


def test_an_empty_feed_is_valid() -> None:
    assert text(checked(document(replace(FEED, entries=()), None)), "updated") == "2026-11-30T12:00:00Z"


@given(texts, texts, st.lists(texts, max_size=3))
def test_no_text_breaks_a_document(content: str, name: str, tags: list[str]) -> None:
    entry = replace(ENTRY, text=content, channel=name, tags=tuple(tags))
    root = checked(document(Feed(3, NOON, name, content, (entry,)), "https://archive.example.org"))
    shown = root.find(ATOM + "entry")
    assert shown is not None
    held = "".join(char if _holds(char) else "\ufffd" for char in content)
    assert text(shown, "content") == held.replace("\r\n", "\n").replace("\r", "\n")


def _holds(char: str) -> bool:
    """XML 1.0, production 2."""
    code = ord(char)
    return char in "\t\n\r" or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (path_of("geheim"), "/feeds/***"),
        ("/feeds/geheim", "/feeds/***"),
        ("/link/geheim", "/link/***"),
        ("/feed", "/feed"),
        ("/p/link/5", "/p/link/5"),
    ],
)
def test_a_token_in_an_address_is_masked(path: str, shown: str) -> None:
    assert masked(path) == shown
