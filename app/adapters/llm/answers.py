"""Parses the answers of all models: finds the JSON object in the text around it, and recognises refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import Any, Literal

from app.adapters.llm.candidates import Candidate, Form, candidates
from app.adapters.llm.moderation import blocked
from app.adapters.llm.near_words import squeezed
from app.adapters.llm.thoughts import CLOSING, behind, opens
from app.domain.reading import RawAnswer
from app.errors import Refused

CUT_OFF = "the JSON is cut off"
_INVISIBLE = " \t\r\n\ufeff\u200b\x00\ufffd"
_FIRST_FIELD = re.compile(r"[-*•\s]*[\"'“*]{0,3}([^\W\d][\w -]{0,30}?)[\"'”*]{0,3}\s{0,9}:")


def json_object(
    text: str, form: Form, cut: Literal["on", "trailing-strings"] = "trailing-strings", *, ended: bool = True
) -> tuple[dict[str, Any] | None, str | None]:
    """(the object of the form that the answer gives, its fault or None). A truncated one is read as far as it goes.

    The last whole object counts: models write a draft or an example first. Closing brackets that are missing behind the
    last field are no fault.
    cut: `trailing-strings` keeps the beginning of a truncated string, `on` leaves it out.
    ended: whether the server says that the model came to its end.
    """
    found = best(text, form, cut == "trailing-strings")
    if found is None:
        return _without_fields(text)
    whole = ended and all(name in found.data for name in form.fields)
    return found.data, CUT_OFF if found.cut or (found.unclosed and not whole) else None


def _without_fields(text: str) -> tuple[dict[str, Any] | None, str | None]:
    start = text.find("{")
    if start < 0:
        return None, "no JSON object in the answer"
    try:
        json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, "the JSON cannot be parsed"
    return {}, None


def best(text: str, form: Form, keep_cut: bool) -> Candidate | None:
    """The answer among the objects of a text."""
    text = text.lstrip(_INVISIBLE)
    for part in _readings(text, form):
        if chosen := _chosen(_behind_marks(part, list(candidates(part, form, keep_cut))), form):
            return chosen
    return _inside_thoughts(text, form, keep_cut) if opens(text) else None


def _inside_thoughts(text: str, form: Form, keep_cut: bool) -> Candidate | None:
    """The answer of a model that ends with its thoughts, and gives the answer in them."""
    found = _chosen(list(candidates(text, form, keep_cut)), form)
    return found if found and not CLOSING.sub("", text[found.end :]).strip() else None


def spoken_text(text: str) -> str:
    """The words of an answer without thoughts and without the quotation marks of a JSON string around it."""
    text = text.strip(_INVISIBLE)
    rest = behind(text)
    text = (text if rest is None else rest).strip()
    return _decoded(text) or text


def _readings(text: str, form: Form) -> Iterator[str]:
    """The text as it may be meant, the likeliest first."""
    rest = behind(text)
    answer = (text if rest is None else rest).lstrip(_INVISIBLE)
    yield answer
    if answer.startswith(('"', "{\\", "[\\")):
        yield _decoded(answer) or ""
    if "&quot;" in answer:
        yield unescape(answer)
    first = _FIRST_FIELD.match(answer)
    if first and squeezed(first[1]) in form.names and (answer.startswith('"') or len(form.fields) > 1):
        # Some servers leave out a bracket that they gave the model to begin with. Other models write lines.
        yield "{" + answer if answer.startswith('"') else f"{{{answer}\n}}"


def _decoded(text: str) -> str | None:
    """The text in a JSON string, which may be JSON again; None for another text."""
    for _ in range(3):
        quoted = text if text[:1] == '"' else f'"{text}"' if text[:2] in ("{\\", "[\\") else ""
        try:
            text = str(json.loads(quoted, strict=False)).strip()
        except ValueError:
            return None
        if text[:1] != '"' and text[:2] not in ("{\\", "[\\"):
            return text
    return None


def _behind_marks(text: str, found: list[Candidate]) -> list[Candidate]:
    """Those behind the end of thoughts that no mark opened, if there are any. A mark inside an object is its text."""
    if text.lstrip().startswith(("{", "```")):
        return found
    for mark in CLOSING.finditer(text):
        if not any(one.start < mark.start() < one.end for one in found):
            return [one for one in found if one.start >= mark.end()] or found
    return found


def _chosen(found: list[Candidate], form: Form) -> Candidate | None:
    """The one with the most needed fields; of equal ones the last whole one. Examples of the form come behind all."""

    def rank(place: int) -> tuple[bool, int, bool, int]:
        one = found[place]
        return not form.hollow(one.data), len(form.needed.intersection(one.data)), not one.cut, place

    if not found:
        return None
    chosen = found[max(range(len(found)), key=rank)]
    return chosen if form.needed <= chosen.data.keys() else _together(found, chosen)


def _together(found: list[Candidate], chosen: Candidate) -> Candidate:
    """One object of several that have no field in common: some models write a line for each."""
    names = [name for one in found for name in one.data]
    if len(names) > len(set(names)):
        return chosen
    data = {name: value for one in found for name, value in one.data.items()}
    return Candidate(data, found[0].start, found[-1].end, any(one.cut for one in found), found[-1].unclosed)


def refusal(raw: RawAnswer) -> str | None:
    """Why the model or its moderation refused to answer; None if it answered."""
    if raw.refusal:
        return f"the model refused: {raw.refusal[:200]}"
    return f"moderation stopped the answer ({raw.finish})" if blocked(raw.finish) else None


def spoken(answers: Sequence[RawAnswer], about: str) -> list[RawAnswer]:
    """The answer and its repair, if any, without a refused repair.

    ValueError for an answer about something else; Refused if the model refused at once.
    """
    if wrong := [raw.about for raw in answers if raw.about != about]:
        raise ValueError(f"an answer about {wrong[0][:12]}, not about {about[:12]}")
    if why := refusal(answers[0]):
        raise Refused(why)
    return [raw for raw in answers if not refusal(raw)]
