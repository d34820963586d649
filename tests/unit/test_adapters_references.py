"""What people write for a channel."""

from __future__ import annotations

import pytest

from app.domain.links import Reference
from app.domain.links import channel as parse
from app.errors import Permanent


@pytest.mark.parametrize(
    "text",
    [
        "@news_one",
        "news_one",
        " https://t.me/news_one ",
        "http://t.me/news_one/123?single",
        "t.me/s/news_one",
        "https://telegram.me/news_one",
        "tg://resolve?domain=news_one&post=5",
    ],
)
def test_names(text: str) -> None:
    assert parse(text) == Reference(username="news_one")


@pytest.mark.parametrize("text", ["1234567890", "-1001234567890", "https://t.me/c/1234567890/55", "t.me/c/1234567890"])
def test_numbers(text: str) -> None:
    assert parse(text) == Reference(telegram_id=1234567890)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("https://example.org/x", "names no channel"),
        ("", "names no channel"),
        ("новости", "names no channel"),
        ("-12345", "-100"),
        ("0", "-100"),
    ],
)
def test_what_cannot_be_a_channel(text: str, says: str) -> None:
    with pytest.raises(Permanent, match=says):
        parse(text)
