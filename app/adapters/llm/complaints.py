"""Reads errors in the bodies of answers: their codes, their words, and the status that they stand for.

Many servers and gateways answer an error with status 200; its body alone tells that they did nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.adapters.llm.moderation import moderated

BOXES = ("error", "errors", "detail", "fault", "Error")  # members that hold an error
WORDS = ("message", "msg", "error_msg", "error_message", "errorMessage", "faultstring", "detail", "title", "error")
CODES = ("code", "type", "error_code", "errorCode", "status")
STATUSES = ("code", "status", "status_code", "statusCode", "http_status", "error_code")
ANSWERS = ("choices", "candidates", "output", "output_text", "content", "response", "usage", "data")
ERRORS = range(400, 600)
PAGE = re.compile(r"^\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|\?xml|title)", re.IGNORECASE | re.DOTALL)
TITLE = re.compile(r"<(?:title|h1)[^>]*>(.*?)</", re.IGNORECASE | re.DOTALL)
# The status of an error without one, by its code, then by its words. The first that matches counts.
MEANT = tuple(
    (re.compile(words, re.IGNORECASE), status)
    for words, status in (
        (r"insufficient[_ ](?:user[_ ])?(?:quota|balance|credit)|billing|payment[_ ]required|out of credit", 402),
        (r"rate[_ -]?limit|too[_ ]many[_ ]requests|resource[_ ]exhausted|throttl|quota[_ ]exceeded", 429),
        (r"invalid[_ ]api[_ ]key|incorrect api key|unauthori[sz]ed|unauthenticated|authentication", 401),
        (r"permission[_ ]denied|forbidden", 403),
        (r"(?:model|deployment)[_ ](?:is )?not[_ ]found|no such model|model .{1,80} does not exist", 404),
        (
            r"unexpected endpoint|unknown (?:url|path|route)|no route|cannot post|not[_ ]found|no such (?:method|path)",
            404,
        ),
        (r"too[_ ]large|payload too large|request_too_large", 413),
        (
            r"overloaded|server[_ ]error|internal|unavailable|\bbusy\b|timed?[_ -]?out|\bloading|gateway|try again",
            503,
        ),
    )
)
UNKNOWN = 400  # of any other error: the call was rejected for a reason of its own


@dataclass(frozen=True)
class Complaint:
    """An error in a body. status: as HTTP has it; code: in lower case; words: for people."""

    status: int
    code: str
    words: str
    moderated: bool = False


def complaint(content: bytes) -> Complaint:
    """The error that the body of a failure tells, in the forms of GigaChat, OpenAI and compatible servers."""
    text = content.decode("utf-8", "replace")
    try:
        return _told(json.loads(text))
    except (ValueError, RecursionError):
        return Complaint(UNKNOWN, "", page(text) or text)


def of_success(body: Any) -> Complaint | None:
    """The error that the body of a success (status 200) tells; None for a body that tells none."""
    for one in body if isinstance(body, list) else [body]:
        if isinstance(one, Mapping) and _complains(one):
            return _told(one)
    return None


def page(text: str) -> str | None:
    """What a page of HTML is called: it is none of a model. None for any other text."""
    if not PAGE.match(text):
        return None
    title = TITLE.search(text)
    named = " ".join(re.sub(r"<[^>]*>", " ", title[1]).split())[:80] if title else ""
    return f"a page of HTML, {named!r}" if named else "a page of HTML"


def _complains(body: Mapping[str, Any]) -> bool:
    if any(body.get(name) for name in BOXES):
        return True
    if any(body.get(name) for name in ANSWERS):
        return False
    failed = body.get("success") is False or body.get("object") == "error" or body.get("type") == "error"
    said = any(isinstance(body.get(name), str) for name in WORDS)
    return failed or (said and any(body.get(name) not in (None, "") for name in CODES)) or (said and len(body) == 1)


def _told(body: Any) -> Complaint:
    inner = _inner(body)
    if not isinstance(inner, Mapping):
        words = str(inner)
        return Complaint(_status({}, "", words), "", words, moderated(body))
    code = next((str(inner[name]) for name in CODES if inner.get(name)), "").casefold()
    words = next(iter(_words(inner)), json.dumps(inner, ensure_ascii=False, default=str))
    return Complaint(_status(inner, code, words), code, words, moderated(body))


def _inner(body: Any) -> Any:
    """The innermost error: {"error": {...}}, [{"error": {...}}], {"errors": [{...}]}, {"detail": "..."}."""
    while True:
        if isinstance(body, list) and body:
            body = body[0]
        elif isinstance(body, Mapping) and (box := next((one for one in BOXES if body.get(one)), None)):
            held = body[box]
            if not isinstance(held, Mapping | list) and set(body) - {box}:
                return body  # words beside a code of their own: {"error": "...", "code": 7}
            body = held
        else:
            return body


def _words(error: Mapping[str, Any]) -> Iterator[str]:
    yield from (error[name] for name in WORDS if isinstance(error.get(name), str) and error[name].strip())


def _status(error: Mapping[str, Any], code: str, words: str) -> int:
    for name in STATUSES:
        value = error.get(name)
        if str(value).isascii() and str(value).isdecimal() and int(str(value)[:9]) in ERRORS:
            return int(str(value))
    texts = [*(str(error[name]) for name in CODES if error.get(name)), words[:500]]
    return next((status for text in texts for named, status in MEANT if named.search(text)), UNKNOWN)
