"""A sentence has no address that a reader could follow; abbreviations, times and names of files are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ask.answer import Cite, Sentence
from app.domain.ask.checks.addresses import address
from tests.unit.ask.pairs import texts


@pytest.mark.parametrize(("language", "text"), texts("address"))
def test_addresses_are_told(language: str, text: str) -> None:
    found = address(Sentence(text, (Cite(1, text),)))  # its quote has it, too
    assert found is not None
    assert found.startswith("it has an address: “")


@pytest.mark.parametrize(("language", "text"), texts("no_address"))
def test_other_texts_pass(language: str, text: str) -> None:
    assert address(Sentence(text, ())) is None


NAMES = st.from_regex(r"[a-z][a-z0-9]{2,10}", fullmatch=True)


@given(name=NAMES, zone=st.sampled_from(["com", "ru", "net", "org", "me", "io", "рф"]))
def test_every_domain_is_told_in_every_guise(name: str, zone: str) -> None:
    for text in (
        f"{name}.{zone}",
        f"{name}[.]{zone}",
        f"{name}(dot){zone}",
        f"x@{name}.{zone}",
        f"www.{name}.{zone}/a",
    ):
        assert address(Sentence(f"Сайт {text} открыт.", ())) is not None
        assert address(Sentence(f"Сайт «{text}».", ())) is not None


@given(name=NAMES)
def test_every_user_name_is_told(name: str) -> None:
    assert address(Sentence(f"Пишите @{name}.", ())) is not None
    assert address(Sentence(f"Пишите в t.me/{name}", ())) is not None
