"""Reads a successful reply of a server: its completion, the error that its body tells, or that it is no answer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from app.adapters.llm.bodies import opened
from app.adapters.llm.chat import Completion, Question
from app.adapters.llm.complaints import Complaint, of_success, page
from app.adapters.llm.failures import Names, from_complaint
from app.adapters.llm.openai_answer import completion, is_answer
from app.adapters.llm.rejected import Rejected
from app.errors import MediaAuditError, Misconfigured, Unanswered

BEGUN = re.compile(rb'\s*(?:data:\s*)?\{\s*"(?:id|object|created|model|choices|candidates|output|message)"')


class NoReply(Exception):
    """A success that is no answer of a model: a page, another protocol, an empty body. what: in words.

    cut: whether it begins as an answer and breaks off.
    """

    def __init__(self, what: str, *, cut: bool = False) -> None:
        super().__init__(what)
        self.what, self.cut = what, cut


def read(
    status: int, headers: Mapping[str, str], content: bytes, question: Question, model: str, names: Names
) -> Completion:
    """The completion of a reply with status 2xx, which may be without text.

    Raises NoReply; Rejected for the error that its body tells: a server that says so did nothing.
    """
    try:
        body = opened(content)
    except (ValueError, TypeError, RecursionError):
        raise _no_reply(content) from None
    told = complained(body)
    if is_answer(body):
        done = completion(body, model, list(question.schema.get("properties", ())))
        if told is None or done.text.strip() or done.refusal:
            return done
    if told is not None:
        raise Rejected(told.status, content, from_complaint(status, headers, told, names))
    raise NoReply("JSON that is no answer")


def complained(body: Any) -> Complaint | None:
    """The error in a body, or in the first of its answers."""
    if told := of_success(body):
        return told
    choices = body.get("choices") if isinstance(body, Mapping) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    return of_success({"error": first["error"]}) if isinstance(first, Mapping) and first.get("error") else None


async def verdict(
    status: int, found: NoReply, names: Names, is_there: Callable[[], Awaitable[bool]]
) -> MediaAuditError:
    """The error for a success that is no answer. is_there: whether the address has models, asked free of charge.

    Where none is there, no model was asked; else the model may have answered, and a proxy have lost it. So may one
    whose answer breaks off.
    """
    said = f"{names.provider} answered {status} with {names.clean(found.what)}"
    if found.cut:
        return Unanswered(said)
    if await is_there():
        return Unanswered(f"{said} in place of an answer; is a proxy in front of {names.address}?")
    return Misconfigured(f"{said}: no models are served there; check {names.where}")


def _no_reply(content: bytes) -> NoReply:
    text = content.decode("utf-8", "replace")
    if not text.strip():
        return NoReply("an empty body")
    if BEGUN.match(content):
        return NoReply(f"half an answer: {text[:100]!r}", cut=True)
    return NoReply(page(text) or f"no JSON: {text[:100]!r}")
