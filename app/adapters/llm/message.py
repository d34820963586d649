"""Finds the words of one message: in its text, in parts, in the arguments of a call, or in thoughts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Literal

from app.adapters.llm.candidates import Form, candidates

Kind = Literal["answer", "call", "thoughts", "refusal"]
ENOUGH = 3  # fields of the object that was asked for, or all if it has fewer: a quotation seldom has as many
DEEPEST = 8  # levels of parts within parts
EXAMPLE = re.compile(r"[\W_]*|string|text|<.*>", re.DOTALL)  # values of an object that shows the form alone

# Members of a message and of its holder -> what they hold, in the order of their weight.
MEMBERS: tuple[tuple[str, Kind], ...] = (
    *((name, "answer") for name in ("content", "output_text", "output", "text", "response", "parts")),
    *((name, "call") for name in ("parsed", "tool_calls", "function_call")),
    *((name, "refusal") for name in ("refusal",)),
    *((name, "thoughts") for name in ("reasoning_content", "reasoning", "thinking", "thoughts", "reasoning_details")),
)
# Types of parts, as several protocols name them; any other part is a part of the answer.
TYPES: Mapping[str, Kind] = {
    **dict.fromkeys(("thinking", "reasoning", "thought", "redacted_thinking", "reasoning_text"), "thoughts"),
    **dict.fromkeys(("reasoning.text", "reasoning.summary", "summary_text"), "thoughts"),
    **dict.fromkeys(("tool_use", "tool_call", "function_call", "function"), "call"),
    "refusal": "refusal",
}
CALLED = ("arguments", "input", "args", "parameters", "partial_arguments")
WORDS = ("text", "output_text", "content", "value", "parts", "thinking", "reasoning", "summary", "refusal")


@dataclass(frozen=True)
class Said:
    """What a message says. text: the answer; empty if there is none."""

    text: str = ""
    refusal: str = ""
    thoughts: str = ""


def said_in(choice: Mapping[str, Any], wanted: Set[str]) -> Said:
    """The words of one choice. wanted: the fields of the object that was asked for."""
    found: dict[Kind, list[str]] = {"answer": [], "call": [], "thoughts": [], "refusal": []}
    for holder in _holders(choice):
        for name, kind in MEMBERS:
            if kind != "call" and any(one.strip() for one in found[kind]):
                continue  # the same words under a second name
            for heard, words in _words(holder.get(name), kind, wanted, DEEPEST):
                found[heard].append(words)
    answer, thoughts = "".join(found["answer"]), "\n".join(found["thoughts"])
    return Said(_chosen(answer, found["call"], thoughts, wanted), "".join(found["refusal"]).strip(), thoughts)


def _holders(choice: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    inner = next(
        (choice[name] for name in ("message", "delta", "content") if isinstance(choice.get(name), Mapping)), None
    )
    return [choice] if inner is None else [inner, {name: one for name, one in choice.items() if one is not inner}]


def _chosen(answer: str, calls: list[str], thoughts: str, wanted: Set[str]) -> str:
    """The text that counts: the answer, else the arguments of a call, else an object among the thoughts."""
    if last_object(answer, wanted):
        return answer
    if called := next((one for one in calls if last_object(one, wanted)), None):
        return called
    if not any(sign in answer for sign in "{[") and (thought := last_object(thoughts, wanted)):
        return thought
    return answer if answer.strip() or not calls else calls[0]


def last_object(text: str, wanted: Set[str]) -> str | None:
    """The last whole object in the text with enough of the wanted fields, as it stands there, in any spelling."""
    form = Form(tuple(sorted(wanted)), frozenset(wanted))
    found = [one for one in candidates(text, form, keep_cut=False) if not one.cut and _is_filled(one.data, wanted)]
    return text[found[-1].start : found[-1].end] if found else None


def _is_filled(data: Mapping[str, Any], wanted: Set[str]) -> bool:
    """Whether an object has enough of the fields, and is no example of the form."""
    values = [data[name] for name in wanted & data.keys()]
    texts = [value for value in values if isinstance(value, str)]
    return len(values) >= min(ENOUGH, len(wanted) or 1) and not (texts and all(map(EXAMPLE.fullmatch, texts)))


def _words(value: Any, kind: Kind, wanted: Set[str], depth: int) -> Iterator[tuple[Kind, str]]:
    """(kind, words) of a member: a text, a list of parts, a part, a call, or the object itself."""
    if isinstance(value, str):
        yield kind, value
    elif depth and isinstance(value, list):
        for one in value:
            yield from _words(one, kind, wanted, depth - 1)
    elif depth and isinstance(value, Mapping):
        yield from _part(value, kind, wanted, depth - 1)


def _part(part: Mapping[str, Any], kind: Kind, wanted: Set[str], depth: int) -> Iterator[tuple[Kind, str]]:
    kind = "thoughts" if part.get("thought") is True else TYPES.get(str(part.get("type")), kind)
    function = part.get("function", part)
    called = (
        next((function[name] for name in CALLED if name in function), None) if isinstance(function, Mapping) else None
    )
    if kind == "call" and called is not None:
        yield kind, called if isinstance(called, str) else json.dumps(called, ensure_ascii=False)
    elif kind in ("answer", "call") and "type" not in part and (wanted - {"text"}) & part.keys():
        yield kind, json.dumps(part, ensure_ascii=False)
    else:
        held = next((part[name] for name in WORDS if part.get(name)), None)
        yield from _words(held, "refusal" if kind == "answer" and held == part.get("refusal") else kind, wanted, depth)
