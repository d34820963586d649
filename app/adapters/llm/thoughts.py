"""Marks that open models put around their thoughts, which stand before the answer."""

from __future__ import annotations

import re

_NAMES = r"(?:[\w.-]{1,20}:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|analysis)"
_OF_THOUGHT = r"begin_of_thought|thinking|think|start_thinking"
_END_OF_THOUGHT = r"end_of_thought|/thinking|/think|end_thinking"
# <think>, <seed:think>, [THINK], ◁think▷, <|begin_of_thought|>, and the channels of harmony.
OPENING = re.compile(
    rf"\s*(?:<{_NAMES}>|\[(?:THINK|THINKING|REASONING)\]|◁think▷|<\|(?:{_OF_THOUGHT})\|>"
    r"|(?:<\|start\|>assistant)?<\|channel\|>(?:analysis|commentary))",
    re.IGNORECASE,
)
# Servers that leave out special tokens make "assistantfinal" of the last channel's name.
CLOSING = re.compile(
    rf"</{_NAMES}>|\[/(?:THINK|THINKING|REASONING)\]|◁/think▷|<\|(?:{_END_OF_THOUGHT})\|>"
    r"|<\|channel\|>final[^<{]{0,40}(?:<\|constrain\|>\w{0,20})?<\|message\|>|(?<=\S)assistantfinal(?=\W)",
    re.IGNORECASE,
)


def opens(text: str) -> bool:
    """Whether the text begins with thoughts."""
    return OPENING.match(text) is not None


def behind(text: str) -> str | None:
    """The rest behind all thoughts at the beginning; None if they do not end."""
    while opens(text):
        found = CLOSING.search(text)
        if found is None:
            return None
        text = text[found.end() :]
    return text
