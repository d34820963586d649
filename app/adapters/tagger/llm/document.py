"""Prepares a publication for a model: one line of JSON within a budget of tokens, and notes on parts left out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

from app.adapters.llm.quote import quoted
from app.adapters.llm.storable import storable
from app.adapters.tagger.entities import marks
from app.domain.allotment import allot, shorten, tokens
from app.ports import TagInput

Part = str | list[str]
LEAST = 48  # tokens of a shortened list item; with fewer, it would be little more than the note of missing characters


@dataclass(frozen=True)
class Data:
    """json: of {field: text or list of texts}, quoted. notes: parts that were left out, for the user."""

    json: str
    notes: tuple[str, ...] = ()


def data(document: TagInput, room: int) -> Data:
    """The publication in at most `room` tokens: whole if it fits, else each field gets a share."""
    parts = fields(document)
    shares = allot([_cost(name, part) for name, part in parts.items()], room)
    fitted = {name: _fitted(name, part, share) for (name, part), share in zip(parts.items(), shares, strict=True)}
    notes = tuple(
        f"{name}: {left} of {_size(parts[name])} characters left out" for name, (_, left) in fitted.items() if left
    )
    return Data(quoted({name: part for name, (part, _) in fitted.items()}), notes)


def fields(document: TagInput) -> dict[str, Part]:
    """All inputs of tags, without empty ones and without characters that PostgreSQL refuses."""
    marked = marks(document.entities)
    parts: dict[str, Part] = {
        "text": document.text,
        "hashtags": list(marked.hashtags),
        "links": list(marked.links),
        "ocr": list(document.ocr),
        "labels": list(document.labels),
        "descriptions": list(document.descriptions),
        "kinds": list(dict.fromkeys(document.classifications)),
        "language": document.language or "",
    }
    return {name: storable(part) for name, part in parts.items() if part}


def speaks(document: TagInput) -> bool:
    """Whether there is a word to make tags from: from emoji or the kind of a picture a model would invent tags."""
    said = {name: part for name, part in fields(document).items() if name not in ("kinds", "language")}
    return any(character.isalpha() for text in strings(said) for character in text)


def digest(document: TagInput) -> str:
    """sha256 hex over the canonical JSON of the whole input."""
    return sha256(json.dumps(asdict(document), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def strings(value: object) -> Iterator[str]:
    """Every text in the fields, without their names."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def _cost(name: str, part: Part) -> int:
    return tokens(quoted({name: part}))


def _size(part: Part) -> int:
    return len(part) if isinstance(part, str) else sum(map(len, part))


def _fitted(name: str, part: Part, room: int) -> tuple[Part, int]:
    """(the field within `room` tokens, number of characters left out)."""
    if _cost(name, part) <= room:
        return part, 0
    if isinstance(part, str):
        return shorten(part, room, lambda text: _cost(name, text))
    return _list(part, room - _cost(name, []))


def _list(items: Sequence[str], room: int) -> tuple[Part, int]:
    """Gives each item a share; joins very many items to one text and keeps its beginning and end."""
    needs = [_item(item) for item in items]
    shares = allot(needs, room)
    if all(share >= min(need, LEAST) for need, share in zip(needs, shares, strict=True)):
        kept = [shorten(item, share, _item) for item, share in zip(items, shares, strict=True)]
        return [text for text, _ in kept], sum(left for _, left in kept)
    joined, left = shorten("\n".join(items), room, _item)
    return [joined], left


def _item(text: str) -> int:
    return tokens(quoted(text) + ", ")
