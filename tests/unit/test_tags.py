"""What a tag looks like, how a set of tags is hashed, and what changed between two sets."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.tags import MAX_TAGS, diff_tags, normalise_tag, normalise_tags, tags_hash


@pytest.mark.parametrize(
    ("raw", "tag"),
    [
        ("#Осенний_Лес", "осенний лес"),
        ("@Durov", "durov"),
        ("Ёлка", "елка"),
        ("  <b>Нью-Йорк</b>! ", "нью-йорк"),
        ("**C++**", "c++"),
        ("Node.js", "node.js"),
        ("ﬁnance", "finance"),  # the ligature is two letters in NFKC
        ("covid-19", "covid-19"),
        ("R&D", "r&d"),
        ("«Зенит» — ЦСКА", "зенит цска"),
        ("city - park", "city park"),
        ("२०२४ चुनाव", "२०२४ चुनाव"),
    ],
)
def test_one_spelling(raw: str, tag: str) -> None:
    assert normalise_tag(raw) == tag


@pytest.mark.parametrize(
    "raw", ["", "я", "2024", "24.12.2024", "#", "---", "<b></b>", "😀😀", "слово " * 10, "\x00\x1b"]
)
def test_not_a_tag(raw: str) -> None:
    assert normalise_tag(raw) is None


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(raw: str) -> None:
    tag = normalise_tag(raw)
    if tag is not None:
        assert normalise_tag(tag) == tag
        assert 2 <= len(tag) <= 40


def test_sets_are_sorted_unique_and_limited_to_the_first() -> None:
    assert normalise_tags(["Б", "Парк", "#парк", "мост", "12"]) == ["мост", "парк"]
    many = [f"tag{chr(97 + n)}" for n in range(20)]
    assert normalise_tags(reversed(many)) == sorted(many[-MAX_TAGS:])


def test_the_hash_is_that_of_readable_json() -> None:
    expected = hashlib.sha256('["park", "мост"]'.encode()).hexdigest()
    assert tags_hash(["мост", "park", "мост"]) == expected
    assert tags_hash([]) == hashlib.sha256(b"[]").hexdigest()
    assert tags_hash(["мост"]) != tags_hash(["park", "мост"])


def test_what_was_added_and_removed() -> None:
    diff = diff_tags(["парк", "мост"], ["мост", "река", "берег"])
    assert (diff.added, diff.removed) == (("берег", "река"), ("парк",))
