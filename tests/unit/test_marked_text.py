"""Texts with Telegram's entities become segments that hold the whole text; two versions show what changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.marked_text import LONGEST, Part, Segment, differences, segments


def entity(kind: str, offset: int, length: int, url: str | None = None) -> dict[str, Any]:
    """An entity as rows keep it."""
    return {"kind": kind, "offset": offset, "length": length, "url": url}


def test_looks_links_and_tags() -> None:
    text = "Паром: t.me/x и #порт @anna"
    found = segments(
        text,
        [entity("bold", 0, 5), entity("url", 7, 6), entity("hashtag", 16, 5), entity("mention", 22, 5)],
    )
    assert found == [
        Segment("Паром", ("bold",)),
        Segment(": "),
        Segment("t.me/x", link="https://t.me/x"),
        Segment(" и "),
        Segment("#порт", tag="порт"),
        Segment(" "),
        Segment("@anna", link="https://t.me/anna"),
    ]


def test_entities_count_in_utf_16() -> None:
    assert segments("🚢🚢 паром", [entity("bold", 5, 5)]) == [Segment("🚢🚢 "), Segment("паром", ("bold",))]
    assert segments("a🚢b", [entity("italic", 1, 2)]) == [Segment("a"), Segment("🚢", ("italic",)), Segment("b")]


def test_entities_within_entities() -> None:
    found = segments("abcdef", [entity("bold", 0, 4), entity("text_url", 2, 4, "https://e.org/?a=1&b=2")])
    link = "https://e.org/?a=1&b=2"
    assert found == [Segment("ab", ("bold",)), Segment("cd", ("bold",), link), Segment("ef", (), link)]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc",
    ],
)
def test_no_link_runs_anything(url: str) -> None:
    assert segments("see", [entity("text_url", 0, 3, url)]) == [Segment("see")]


@given(
    st.text(max_size=30),
    st.lists(st.tuples(st.sampled_from(["bold", "url", "text_url", "odd"]), st.integers(-5, 40), st.integers(-5, 40))),
    st.none() | st.integers(1, 20),
)
def test_no_text_is_lost(text: str, given: list[tuple[str, int, int]], most: int | None) -> None:
    found = segments(text, [entity(kind, offset, length, "https://e.org") for kind, offset, length in given], most)
    shown = "".join(one.text for one in found)
    assert shown == (text if most is None or len(text) <= most else text[:most].rstrip() + "…")
    assert all(one.text for one in found) or text == ""


def test_two_versions_show_their_words() -> None:
    assert differences("Паром уходит в 7:15.", "Паром уходит в 8:15 утра.") == [
        Part("Паром уходит в "),
        Part("7", "-"),
        Part("8", "+"),
        Part(":15"),
        Part(" утра", "+"),
        Part("."),
    ]
    assert differences("", "новое") == [Part("новое", "+")]
    assert differences("то же", "то же") == [Part("то же")]


@given(st.text(max_size=40), st.text(max_size=40))
def test_each_version_can_be_read_from_the_parts(older: str, newer: str) -> None:
    parts = differences(older, newer)
    assert "".join(one.text for one in parts if one.change != "+") == older
    assert "".join(one.text for one in parts if one.change != "-") == newer


def test_very_long_versions_stand_one_after_the_other() -> None:
    long = "a " * LONGEST
    assert differences(long, "b") == [Part(long, "-"), Part("b", "+")]
