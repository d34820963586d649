"""The loopback model's answer to a request for tags: words of the post itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

MOST, LONG = 6, 5  # tags; letters of a word that may be one
ASKS = '{"tags"'  # of a prompt for tags; inside a quoted post the mark would be escaped


def asks_for_tags(text: str) -> bool:
    """Whether a prompt asks for tags; a schema, if present, tells it too."""
    return ASKS in text


def tags_of(prompt: str) -> dict[str, Any]:
    """The names of a list in the prompt that stand in the post, then the post's most frequent longer words.

    The post is the JSON in the prompt's last line; any other prompt is taken as the text itself.
    """
    *before, last = prompt.split("\n")
    said = " ".join(_strings(_json(last)) if isinstance(_json(last), dict) else [prompt]).lower()
    listed = [name for line in before if isinstance(_json(line), list) for name in _strings(_json(line))]
    words = Counter(word for word in _words(said) if len(word) >= LONG)
    frequent = sorted(words, key=lambda word: -words[word])  # stable: equal ones in order of appearance
    return {"tags": list(dict.fromkeys([*(name for name in listed if name in said), *frequent]))[:MOST]}


def _words(text: str) -> list[str]:
    return "".join(char if char.isalpha() else " " for char in text).split()


def _json(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)
