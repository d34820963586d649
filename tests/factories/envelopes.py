"""Envelopes in which servers wrap an answer, and bodies that are none: as bytes, for the loopback models to send."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

USAGE = {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960}
Wrap = Callable[[str], bytes]
"""The text of an answer -> the body of its reply."""


def body(message: Mapping[str, Any], finish: str | None = "stop", **others: Any) -> bytes:
    """A chat completion with this message; others replace members of the body."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    whole = {"id": "x", "object": "chat.completion", "created": 1, "model": "loopback-vision", "usage": USAGE}
    return json.dumps({**whole, "choices": [choice], **others}).encode()


def events(pieces: Sequence[Mapping[str, Any]]) -> bytes:
    """Server-sent events, with a comment in front and the mark of the end."""
    return ": working\n\n{}data: [DONE]\n\n".format(
        "".join(f"event: message\ndata: {json.dumps(one, ensure_ascii=False)}\n\n" for one in pieces)
    ).encode()


def pieces(text: str, size: int = 11) -> list[str]:
    """The text in pieces, as a stream brings it."""
    return [text[place : place + size] for place in range(0, len(text), size)]


def deltas(name: str, text: str) -> list[dict[str, Any]]:
    """The chunks of a stream whose messages grow in this member."""
    chunks = [{"choices": [{"index": 0, "delta": {name: piece}}]} for piece in pieces(text)]
    first = {"model": "loopback-vision", "choices": [{"index": 0, "delta": {"role": "assistant", name: ""}}]}
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    return [first, *chunks, last, {"choices": [], "usage": USAGE}]


def _called(text: str) -> bytes:
    function = {"name": "answer", "arguments": text}
    return body({"content": None, "tool_calls": [{"id": "c1", "type": "function", "function": function}]}, "tool_calls")


def _called_in_a_stream(text: str) -> bytes:
    calls = [{"index": 0, "function": {"arguments": piece}} for piece in pieces(text)]
    named = {"index": 0, "id": "c1", "type": "function", "function": {"name": "answer", "arguments": ""}}
    return events([{"choices": [{"index": 0, "delta": {"tool_calls": [one]}}]} for one in (named, *calls)])


def _lines(text: str) -> bytes:
    grown = [{"message": {"role": "assistant", "content": piece}, "done": False} for piece in pieces(text)]
    last = {"model": "loopback-vision", "message": {"role": "assistant", "content": ""}, "done": True}
    return "\n".join(json.dumps(one) for one in (*grown, {**last, "prompt_eval_count": 900, "eval_count": 60})).encode()


def _parts(text: str) -> bytes:
    half = len(text) // 2
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": 'Perhaps {"description": "a dog"}?'}]}
    return body({"content": [thought, {"type": "text", "text": text[:half]}, {"type": "text", "text": text[half:]}]})


# Each holds the whole answer.
ANSWERS: dict[str, Wrap] = {
    "parts": _parts,
    "output text": lambda text: body({"content": [{"type": "output_text", "text": text, "annotations": []}]}),
    "one part": lambda text: body({"content": {"type": "text", "text": {"value": text}}}),
    "no JSON string but the object": lambda text: body({"content": json.loads(text)}),
    "thoughts beside it": lambda text: body({"content": text, "reasoning_content": '{"description": "a dog"} no'}),
    "all in the thoughts": lambda text: body({"content": None, "reasoning": f"It has {{braces}}. Thus: {text}"}),
    "in the thoughts of another name": lambda text: body({"content": "", "thinking": text}),
    "in the thoughts in another spelling": lambda text: body(
        {"content": "", "reasoning": f"No {{that}}. It is {json.loads(text)!r}, I am sure."}
    ),
    "in details of the thoughts": lambda text: body(
        {"content": "", "reasoning_details": [{"type": "reasoning.text", "text": f"Well. {text}"}]}
    ),
    "a call of a tool": _called,
    "arguments that are no string": lambda text: body(
        {"content": "", "function_call": {"name": "answer", "arguments": json.loads(text)}}
    ),
    "a stream": lambda text: events(deltas("content", text)),
    "a stream of thoughts": lambda text: events(deltas("reasoning_content", text)),
    "a stream of calls": _called_in_a_stream,
    "a stream of one event": lambda text: events([json.loads(body({"content": text}))]),
    "lines": _lines,
    "a string that holds the body": lambda text: json.dumps(body({"content": text}).decode()).encode(),
    "a mark in front": lambda text: b"\xef\xbb\xbf\n  " + body({"content": text}),
    "no name of a model": lambda text: body({"content": text}, model=None),
    "the second of two answers": lambda text: body({}, choices=[{"message": {}}, {"message": {"content": text}}]),
    "a protocol of candidates": lambda text: json.dumps(
        {
            "candidates": [{"content": {"parts": [{"text": "hm", "thought": True}, {"text": text}]}}],
            "usageMetadata": {"promptTokenCount": 900, "totalTokenCount": 960},
        }
    ).encode(),
}

# Each says nothing, and was paid for.
SILENT: dict[str, bytes] = {
    "an empty text": body({"content": ""}),
    "white space": body({"content": " \n"}),
    "null": body({"content": None}),
    "no message": body({}, choices=[{"index": 0, "finish_reason": "stop"}]),
    "no choices": body({}, choices=[]),
    "choices that are null": body({}, choices=None),
    "no member of that name": json.dumps({"object": "chat.completion", "usage": USAGE}).encode(),
    "thoughts alone": body({"content": None, "reasoning_content": "Let me look at it: a cat, I think."}, "length"),
    "thoughts about the form": body({"content": "", "reasoning": 'The form is {"description": "..."}, I see.'}),
    "thoughts with an example": body(
        {"content": "", "reasoning": '{"classification": "...", "is_meme": "...", "description": "...", "tags": "..."}'}
    ),
    "parts without words": body({"content": [{"type": "image_url", "image_url": {"url": "x"}}]}),
    "a stream of nothing": events(deltas("content", "")),
}

# Each was stopped by moderation.
MODERATED: dict[str, bytes] = {
    **{
        end: body({"content": ""}, end)
        for end in ("content_filter", "blacklist", "SAFETY", "RECITATION", "moderation", "PROHIBITED_CONTENT")
    },
    **{end: body({"content": None}, end) for end in ("guardrail_intervened", "sensitive", "content-filtered")},
    "a question that was blocked": json.dumps({"promptFeedback": {"blockReason": "SAFETY"}}).encode(),
    "marks of a filter": body(
        {"content": None}, content_filter_results={"violence": {"filtered": True, "severity": "high"}}
    ),
    "a part with a refusal": body({"content": [{"type": "refusal", "refusal": "I cannot help with this."}]}),
    "an inner error": json.dumps(
        {"error": {"code": None, "message": "no", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}
    ).encode(),
}
