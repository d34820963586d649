"""The gate: its table row by row, and its properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.gate import GateDecision, TagState, decide, input_hash, text_hash
from app.domain.kinds import Trigger
from app.domain.versions import behind, best, publication_version, rank

CHAIN = [3, 1]  # 3 is the primary although 4 and 5 were registered later


def state(version: int | None = 1, features: str | None = "f", text: str = "t", tagger: str = "v1") -> TagState:
    return TagState(version, features, text, input_hash(text, features, tagger))


CURRENT = state()


def test_first_tags_are_initial_whether_or_not_there_is_vision() -> None:
    assert decide(None, state(None, None), CHAIN) == GateDecision(Trigger.INITIAL, "initial", call=True)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (state(), None),
        (state(3, "g"), GateDecision(Trigger.VISION_RETAG, "higher_version", call=True)),
        (state(3, "f"), GateDecision(Trigger.VISION_RETAG, "same_input", call=False)),
        (state(1, "g"), GateDecision(Trigger.VISION_RETAG, "features_changed", call=True)),
        (state(4, "f"), None),  # registered later, but no member of the chain
        (state(1, "f", "edited"), GateDecision(Trigger.EDIT, "text_changed", call=True)),
        # Where several things changed together, the words of a person come before the readings of a program.
        (state(1, "g", "edited"), GateDecision(Trigger.EDIT, "text_changed", call=True)),
        (state(3, "g", "edited"), GateDecision(Trigger.EDIT, "text_changed", call=True)),
        (state(3, "f", "edited"), GateDecision(Trigger.EDIT, "text_changed", call=True)),
        (state(5, "g"), GateDecision(Trigger.VISION_RETAG, "features_changed", call=True)),  # a lower version
        (state(None, None), GateDecision(Trigger.VISION_RETAG, "features_changed", call=True)),  # its files are gone
        (state(1, "f", tagger="v2"), None),  # another tagger alone opens nothing
    ],
)
def test_table(new: TagState, expected: GateDecision | None) -> None:
    assert decide(CURRENT, new, CHAIN) == expected


def test_a_fallback_registered_later_never_outranks_the_primary() -> None:
    primary, fallback = 3, 9
    assert rank(primary, [primary, fallback]) > rank(fallback, [primary, fallback])
    assert decide(state(primary), state(fallback), [primary, fallback]) is None


def test_a_person_opens_the_gate_but_equal_input_still_costs_nothing() -> None:
    assert decide(CURRENT, state(), CHAIN, asked=True) == GateDecision(Trigger.MANUAL, "same_input", call=False)
    newer = replace(CURRENT, input_hash="another tagger")
    assert decide(CURRENT, newer, CHAIN, asked=True) == GateDecision(Trigger.MANUAL, "asked", call=True)
    edited = state(3, "g", "edited")
    assert decide(CURRENT, edited, CHAIN, asked=True) == GateDecision(Trigger.MANUAL, "asked", call=True)
    assert decide(None, state(), CHAIN, asked=True) == GateDecision(Trigger.INITIAL, "initial", call=True)


def test_the_words_of_a_post_are_the_same_in_whatever_order_a_database_keeps_the_fields_of_a_link() -> None:
    link, mixed = {"type": "link", "offset": 0}, {"offset": 0, "type": "link"}
    assert text_hash("words", [link]) == text_hash("words", [mixed]) != text_hash("words", [link, link])


def test_where_a_reader_fails_the_next_of_the_chain_reads() -> None:
    """After the last one there is none, nor after one that was used once."""
    assert [behind(version, [3, 1, 7]) for version in (3, 1, 7, 9)] == [1, 7, None, None]


versions = st.one_of(st.none(), st.integers(1, 6))


@given(versions, versions, st.sampled_from("fgh"), st.sampled_from("fgh"), st.permutations([1, 2, 3]))
def test_after_a_passage_the_gate_is_shut(
    old: int | None, new: int | None, was: str, is_: str, chain: list[int]
) -> None:
    """Tags made from a state leave nothing to do for that state: no endless loop."""
    if decide(state(old, was), state(new, is_), chain) is not None:
        assert decide(state(new, is_), state(new, is_), chain) is None


@given(st.lists(st.integers(1, 9), min_size=1, unique=True), st.permutations([1, 2, 3]))
def test_versions_of_files_and_publications(ids: list[int], chain: list[int]) -> None:
    version, _ = best(dict.fromkeys(ids, "reading"), chain)
    assert all(rank(version, chain) >= rank(other, chain) for other in ids)
    lowest = publication_version(ids, chain)
    assert all(rank(lowest, chain) <= rank(other, chain) for other in ids)
    assert publication_version([], chain) is None
