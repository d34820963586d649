"""Opens the body of an answer: one JSON value, or a stream (SSE, NDJSON) without being asked for, put together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MARK = "data:"
END = "[DONE]"
LINES = re.compile(r"\r\n|\n|\r")  # no other sign ends a line of a stream: JSON may hold them
GROWING = frozenset({"content", "reasoning", "reasoning_content", "thinking", "refusal", "text", "arguments"})
REPEATED = 8  # characters: a piece that begins with all that came before, and that is longer, is the whole anew


def opened(content: bytes) -> Any:
    """The JSON of a body; a stream becomes one body with one message. ValueError for anything else."""
    text = content.decode(json.detect_encoding(content), "replace").strip()
    if not text:
        raise ValueError("an empty body")
    pieces = list(_events(text) if _is_stream(text) else _values(text))
    return pieces[0] if len(pieces) == 1 and not _is_piece(pieces[0]) else joined(pieces)


def joined(pieces: Sequence[Any]) -> dict[str, Any]:
    """One body of the pieces of a stream: texts joined, of the other values the last."""
    whole: dict[str, Any] = {}
    message: dict[str, Any] = {}
    choice: dict[str, Any] = {}
    for piece in pieces:
        if not isinstance(piece, Mapping):
            raise ValueError("a stream of other values than objects")
        if isinstance(piece.get("response"), Mapping):  # the last event of the Responses API holds all
            whole |= piece["response"]
            continue
        whole |= {name: one for name, one in piece.items() if one is not None and name not in ("choices", "message")}
        first = _first(piece)
        choice |= {name: one for name, one in first.items() if one is not None and name not in ("delta", "message")}
        _grow(message, _message(first) or _message(piece))
        if isinstance(first.get("text"), str):
            _grow(message, {"content": first["text"]})
    choice.pop("text", None)
    whole.pop("delta", None)
    return {**whole, "choices": [{**choice, "message": message}]} if message or choice else whole


def _is_stream(text: str) -> bool:
    return any(text.startswith(mark) for mark in (MARK, "event:", "id:", "retry:", ":"))


def _is_piece(value: Any) -> bool:
    """Whether one value is a stream of one piece."""
    return isinstance(value, Mapping) and "delta" in _first(value)


def _events(text: str) -> Iterator[Any]:
    """The data of server-sent events. An event that is cut off at the end of the stream is left out."""
    events = [line.removeprefix(MARK).strip() for line in LINES.split(text) if line.startswith(MARK)]
    for number, data in enumerate(events, start=1):
        if data and data != END:
            try:
                yield json.loads(data)
            except ValueError:
                if number < len(events):
                    raise


def _values(text: str) -> Iterator[Any]:
    """One JSON value, or several one after another. A value that is a string may hold the body again."""
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        value, place = decoder.raw_decode(text, place)
        yield json.loads(value) if isinstance(value, str) else value
        while place < len(text) and text[place].isspace():
            place += 1


def _first(piece: Mapping[str, Any]) -> Mapping[str, Any]:
    """The choice of a piece with the lowest index: of several answers the first is read."""
    choices = piece.get("choices")
    found = [one for one in choices if isinstance(one, Mapping)] if isinstance(choices, list) else []
    return next((one for one in found if not one.get("index")), {})


def _message(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    found = holder.get("delta") or holder.get("message")
    return found if isinstance(found, Mapping) else {}


def _grow(kept: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Adds a piece of a message to what came before."""
    for name, value in more.items():
        before = kept.get(name)
        if isinstance(value, str) and isinstance(before, str) and name in GROWING:
            again = len(before) >= REPEATED and value.startswith(before)
            kept[name] = value if again else before + value
        elif isinstance(value, Mapping) and isinstance(before, dict):
            _grow(before, value)
        elif isinstance(value, list) and isinstance(before, list):
            _lengthen(before, value)
        elif value is not None:
            kept[name] = (
                dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, list) else value
            )


def _lengthen(kept: list[Any], more: Sequence[Any]) -> None:
    """Adds to a list of tool calls or parts: entries with a known index grow."""
    for value in more:
        index = value.get("index") if isinstance(value, Mapping) else None
        same = next(
            (one for one in kept if index is not None and isinstance(one, dict) and one.get("index") == index), None
        )
        if same is None:
            kept.append(dict(value) if isinstance(value, Mapping) else value)
        else:
            _grow(same, value)
