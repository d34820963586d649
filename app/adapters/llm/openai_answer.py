"""The answers of chat completions and of protocols like them: the words, their end and their cost in a body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.adapters.llm.chat import Completion
from app.adapters.llm.message import Said, said_in
from app.adapters.llm.moderation import blocked, filtered
from app.adapters.llm.usage import usage

ENDS = ("finish_reason", "finishReason", "stop_reason", "done_reason", "native_finish_reason")
CUT = frozenset({"max_tokens", "max_output_tokens", "model_length", "max_new_tokens"})  # other names of `length`
ANSWERS = (
    "choices",
    "candidates",
    "output",
    "output_text",
    "message",
    "content",
    "response",
    "promptFeedback",
    "usage",
)
FILTERED = "content_filter"


def is_answer(body: Any) -> bool:
    """Whether a body has the form of an answer, even of one that says nothing."""
    return isinstance(body, Mapping) and any(name in body for name in ANSWERS)


def completion(body: Mapping[str, Any], model: str, wanted: Sequence[str]) -> Completion:
    """The completion of a body. wanted: the fields of the object that was asked for.

    The text is empty where nothing is an answer: thoughts count only if they hold the object. Without a readable usage
    the price is unknown (0).
    """
    said = [said_in(choice, frozenset(wanted)) for choice in _choices(body)]
    best = next((one for one in said if one.text.strip()), said[0] if said else Said())
    cost = usage(body)
    named = body.get("model") or body.get("modelVersion")
    return Completion(
        text=best.text,
        model=named if isinstance(named, str) and named.strip() else model,
        finish=_finish(body, best),
        refusal=best.refusal or None,
        prompt_tokens=cost.prompt,
        completion_tokens=cost.completion,
        total_tokens=cost.total,
        notes=(f"the server's count of tokens cannot be read ({cost.odd})",) if cost.odd else (),
        body=dict(body),
    )


def thinks(body: Mapping[str, Any]) -> bool:
    """Whether an answer has thoughts beside its words."""
    return any(said_in(choice, frozenset()).thoughts for choice in _choices(body))


def _choices(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The answers in a body; the body itself where its protocol has one alone."""
    for name in ("choices", "candidates"):
        if isinstance(body.get(name), list):
            return [one for one in body[name] if isinstance(one, Mapping)]
    return [body]


def _finish(body: Mapping[str, Any], said: Said) -> str | None:
    """Why the answer ended; moderation passes any other end, and the limit of tokens has one name."""
    ends = list(_ends(body))
    if stopped := next((end for end in ends if blocked(end)), None):
        return stopped
    if not said.text.strip() and not said.refusal and filtered(body):
        return FILTERED
    end = ends[0] if ends else None
    return "length" if end is not None and end.casefold() in CUT else end


def _ends(body: Mapping[str, Any]) -> Iterator[str]:
    choices = _choices(body)
    feedback = body.get("promptFeedback") or body.get("prompt_feedback") or {}
    reasons = body.get("incomplete_details") or {}
    for holder in [*choices[:1], body]:
        yield from (holder[name] for name in ENDS if isinstance(holder.get(name), str) and holder[name])
    for holder, names in ((feedback, ("blockReason", "block_reason")), (reasons, ("reason",))):
        if isinstance(holder, Mapping):
            yield from (holder[name] for name in names if isinstance(holder.get(name), str))
