"""Reads the words around a message: what it quotes, and its buttons with the addresses that they open."""

from __future__ import annotations

import re
from typing import Any

from telethon.tl import types

from app.adapters.telegram.articles import target_of
from app.adapters.telegram.texts import clean, entities_of, lines
from app.domain.kinds import Origin
from app.domain.messages import Words

# A number at the end counts something: votes, comments. Bots change it all the time.
_COUNT = re.compile(r"(^|[\s(\[])\d[\d\s.,]*[KMkmКкМм]?[)\]]?$")


def read_quotation(header: Any) -> list[Words]:
    """The words of another message that this one quotes."""
    if not isinstance(header, types.MessageReplyHeader) or not header.quote_text:
        return []
    return [Words(Origin.QUOTATION, clean(header.quote_text), entities_of(header.quote_entities))]


def read_buttons(markup: Any) -> list[Words]:
    """The buttons under a message, a line each; texts that count are running words."""
    texts: list[str] = []
    counts: list[str] = []
    for button in (one for row in getattr(markup, "rows", None) or () for one in row.buttons):
        text = clean(button.text).strip()
        (counts if _COUNT.search(text) else texts).append(text)
        texts.append(target_of(button.type))
    found = [Words(Origin.BUTTONS, lines(*texts)), Words(Origin.BUTTONS, lines(*counts), running=True)]
    return [one for one in found if one.text]
