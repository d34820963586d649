"""The parts of a request that a server or model rejects, as its error tells.

A rule counts only for a part that the request had. An error that no rule knows changes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from app.adapters.llm.rejection_rules import NO, RULES, Cause, Rule
from app.domain.server_lessons import RequestPart

# Where an error begins to repeat the request in its words, as llama.cpp and vLLM do.
REPEATED = re.compile(r"[,;]?\s*['\"]?(?:\b(?:messages|input|body|request)['\"]?\s*[=:]\s*[\[{]|\brole['\"]\s*:)")
READ = 4000  # characters of an error to look at; a longer one repeats the request
DEEP = 10  # levels of a body
# Members that hold the words of an error. Others repeat the request (`input`, `body`), whose words prove nothing.
MEMBERS = frozenset(
    ("error", "errors", "message", "msg", "detail", "details", "description", "reason", "title", "hint", "param", "loc")
) | frozenset(
    ("code", "type", "raw", "metadata", "cause", "error_message", "error_msg", "errormessage", "fault", "faultstring")
)


def not_taken(status: int, content: bytes, sent: Collection[RequestPart]) -> Cause | None:
    """The cause for which a server rejected a request; None if it is none that another form of the request mends.

    sent: the parts that the request had. A cause that speaks of another part does not count.
    """
    words = said(content)
    found = next((rule.cause for rule in RULES if _strikes(rule, status, words, sent)), None)
    return found or ("too_large" if status == 413 else None)


def pictures_at_most(content: bytes, sent: int) -> int:
    """The number of pictures that a server takes, of `sent` that were too many: the number that it names, else 1."""
    named = [int(number) for number in re.findall(r"\b\d{1,3}\b", said(content)) if 0 < int(number) < sent]
    return max(named, default=1)


def names_one_of(content: bytes, names: Collection[str]) -> str | None:
    """The first of these fields that an error calls unknown or wrong; None for any other error."""
    words = said(content)
    if not re.search(NO + r"|not permitted|must be|should be|expected|type", words, re.IGNORECASE):
        return None
    return next((name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words)), None)


def said(content: bytes) -> str:
    """The words of an error in a body of any form, in one line, without the parts that repeat the request."""
    text = content.decode("utf-8", "replace")
    try:
        words = " ".join(_leaves(json.loads(text), DEEP))
    except (ValueError, RecursionError):
        words = text
    return " ".join(REPEATED.split((words or text)[:READ], maxsplit=1)[0].split())


def _strikes(rule: Rule, status: int, words: str, sent: Collection[RequestPart]) -> bool:
    if status not in rule.statuses or not _sent(rule.cause, sent):
        return False
    return bool(rule.words.search(words)) and not (rule.but and rule.but.search(words))


def _sent(cause: Cause, sent: Collection[RequestPart]) -> bool:
    if cause == "json_schema":
        return not {"json_schema", "json_object"}.isdisjoint(sent)
    return cause == "too_large" or cause in sent


def _leaves(value: Any, depth: int) -> Iterator[str]:
    """The words in the members of an error, with those of an error that it quotes as JSON."""
    if depth == 0:
        return
    if isinstance(value, dict):
        for name, one in value.items():
            if str(name).casefold() in MEMBERS:
                yield from _leaves(one, depth - 1)
    elif isinstance(value, list):
        for one in value[:8]:
            yield from _leaves(one, depth - 1)
    elif isinstance(value, str):
        yield from _quoted(value, depth)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def _quoted(text: str, depth: int) -> Iterator[str]:
    try:
        inner = json.loads(text) if text.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        inner = None
    if isinstance(inner, dict | list):
        yield from _leaves(inner, depth - 1)
    else:
        yield text
