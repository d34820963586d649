"""A notice as a message of a Telegram bot, and the address of a chat."""

from __future__ import annotations

import re

from app.domain.alerts import Notice, Reason

LONGEST = 4_096  # units of UTF-16, as Telegram counts
CHAT = re.compile(r"-?[0-9]{1,19}|@[A-Za-z][A-Za-z0-9_]{3,31}")
LONGEST_NAME = 200  # characters of an alert, a query or a channel in the first lines
WHY = {Reason.NEW: "new post", Reason.EDITED: "edited", Reason.READ_BETTER: "read better"}


def is_chat(text: str) -> bool:
    """Whether it names a chat: a number, negative for groups, or @name of a public group or channel."""
    return CHAT.fullmatch(text) is not None


def message(notice: Notice) -> str:
    """The text, without any markup. The text of a long post is cut, its links never are."""
    head = f"{_short(notice.alert)}: {WHY[notice.reason]} in {_short(notice.channel)}\n{_short(notice.query)}\n\n"
    links = "\n".join(link for link in (notice.link, notice.page) if link)
    tail = f"\n\n{links}" if links else ""
    return head + cut(notice.text, LONGEST - units(head) - units(tail)) + tail


def units(text: str) -> int:
    """Its length in units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """The text, or its beginning and a mark, within so many units of UTF-16. No character is cut in two."""
    if units(text) <= most:
        return text
    begin = text.encode("utf-16-le", "surrogatepass")[: 2 * max(0, most - 1)]
    return begin.decode("utf-16-le", "ignore") + "…"


def _short(text: str) -> str:
    """In one line, cut."""
    return cut(" ".join(text.split()), LONGEST_NAME)
