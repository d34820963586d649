"""Permalinks open for readers: by name, by bare id, never with the -100 prefix."""

from __future__ import annotations

import pytest

from app.domain.permalinks import bare_id, permalink


@pytest.mark.parametrize(
    ("username", "telegram_id", "single", "expected"),
    [
        ("durov", 1006503122, False, "https://t.me/durov/42"),
        ("@durov", None, False, "https://t.me/durov/42"),
        (None, 1006503122, False, "https://t.me/c/1006503122/42"),
        (None, -1001006503122, False, "https://t.me/c/1006503122/42"),
        ("", -1000000000123, False, "https://t.me/c/123/42"),
        ("durov", 1, True, "https://t.me/durov/42?single"),
        (None, 1001234567, True, "https://t.me/c/1001234567/42?single"),
    ],
)
def test_permalink(username: str | None, telegram_id: int | None, single: bool, expected: str) -> None:
    assert permalink(username, telegram_id, 42, single=single) == expected


def test_a_bare_id_that_begins_with_100_stays() -> None:
    assert bare_id(1001234567) == 1001234567
    assert bare_id(-1001001234567) == 1001234567


def test_nothing_to_address_the_channel_by() -> None:
    with pytest.raises(ValueError, match="username or its id"):
        permalink(None, None, 42)
