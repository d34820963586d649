"""The login code as users type it."""

from __future__ import annotations

import pytest

from app.adapters.telegram.login_steps import typed


@pytest.mark.parametrize(
    "text", ["12345", " 12 345 ", "12-345", "code: 12345", "１２３４５", "١٢٣٤٥", "12\u00a0345\u200b"]
)
def test_blanks_dashes_words_and_other_digits_do_not_matter(text: str) -> None:
    assert typed(text) == "12345"


def test_a_code_of_words_stays() -> None:
    assert typed(" apple ") == "apple"
