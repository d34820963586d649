"""Judges each part of a query on given documents: which parts hold, and how the document writes their words.

The conditions are those of the strict set (app/search/conditions.py), asked of a few documents by their ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.domain.query.parts import with_words
from app.domain.query.printer import to_text
from app.domain.query.saved import Lookup, expand
from app.domain.query.tree import All, Either, Limit, Node, Not, Operator, Pattern, Phrase, Word, children
from app.models import SearchDocument
from app.search.conditions import (
    EVERYWHERE,
    FIELDS,
    Condition,
    Reading,
    condition,
    in_picture,
    joined,
    named_fields,
    narrowed,
    says,
    spaced_codes,
    strict,
)
from app.search.written import Forms, written

BATCH = 20  # documents that are read at once: texts of 100,000 characters are returned whole


class Kind(StrEnum):
    """The sort of a part."""

    WORD = "word"
    PHRASE = "phrase"
    PATTERN = "pattern"
    FILTER = "filter"
    SEARCH = "search"  # a saved one; its only part is its query
    ALL = "all"
    ANY = "any"
    NOT = "not"


_KINDS: Mapping[type[Node], Kind] = {
    Word: Kind.WORD,
    Phrase: Kind.PHRASE,
    Pattern: Kind.PATTERN,
    Limit: Kind.FILTER,
    All: Kind.ALL,
    Either: Kind.ANY,
    Not: Kind.NOT,
}
TEXTS = frozenset({Kind.WORD, Kind.PHRASE, Kind.PATTERN})


@dataclass(frozen=True)
class Verdict:
    """A part of a query, judged on one document. text: as the printer writes it; phrases and patterns without signs.

    by: the word that was searched for instead. fields: where a word has to stand (text, ocr, desc, tags); none means
    everywhere. idle: full text leaves the word out, so that it excludes nothing. forms: of a word, a phrase or a
    pattern by field, as the document writes it.
    """

    kind: Kind
    text: str
    holds: bool
    by: str | None = None
    idle: bool = False
    fields: tuple[str, ...] = ()
    forms: Forms = field(default_factory=dict)
    parts: tuple[Verdict, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A query to judge. tree: with its saved searches by name. instead: other words in the place of some."""

    tree: Node
    reading: Reading
    lookup: Lookup
    instead: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Part:
    """node: without names of saved searches, and with its words corrected. number: among all parts, in order."""

    kind: Kind
    text: str
    node: Node
    reading: Reading
    parts: tuple[_Part, ...] = ()
    by: str | None = None
    code: tuple[Word, ...] = ()  # with the words beside it, which may be one code together

    def all(self) -> Iterator[_Part]:
        """This part, then those below it."""
        yield self
        for one in self.parts:
            yield from one.all()


def judged(session: Session, asked: Asked, ids: Sequence[int]) -> dict[int, Verdict]:
    """The verdict of each document that is indexed, on the whole query. Holds: it is in the strict set."""
    root = _part(asked, asked.tree, asked.reading)
    found: dict[int, Verdict] = {}
    for start in range(0, len(ids), BATCH):
        found |= _judged(session, root, ids[start : start + BATCH])
    return found


def _judged(session: Session, root: _Part, ids: Sequence[int]) -> dict[int, Verdict]:
    below = list(root.all())
    leaves = [one for one in below if one.kind in TEXTS]
    forms = _forms(session, leaves, ids)
    columns = [_condition(one) for one in below] + [says(one.node) for one in leaves]
    rows = session.execute(
        select(SearchDocument.publication_id, strict(root.node, root.reading), *columns).where(
            SearchDocument.publication_id == func.any(list(ids))
        )
    )
    found = {}
    for id_, whole, *cells in rows:
        holds = {id(one): bool(cell) for one, cell in zip(below, cells, strict=False)}
        idle = {id(one): not cell for one, cell in zip(leaves, cells[len(below) :], strict=True)}
        said = {id(one): _inside(one, some) for one, some in zip(leaves, forms[id_], strict=True)}
        found[id_] = replace(_verdict(root, holds, idle, said), holds=bool(whole))
    return found


def _forms(session: Session, leaves: Sequence[_Part], ids: Sequence[int]) -> dict[int, list[Forms]]:
    """The forms of each leaf; of a part of a code that was typed with blanks, the code where it has none itself."""
    alone = [one.node for one in leaves if isinstance(one.node, Word | Phrase | Pattern)]
    coded = {number: Word(joined(one.code)) for number, one in enumerate(leaves) if one.code}
    found = written(session, [*alone, *coded.values()], ids)
    for forms in found.values():
        for number, whole in zip(coded, forms[len(alone) :], strict=True):
            forms[number] = forms[number] or whole
    return {id_: forms[: len(alone)] for id_, forms in found.items()}


def _condition(part: _Part) -> Condition:
    alone = condition(part.node, part.reading)
    return or_(alone, in_picture(part.code)) if part.code else alone


def _inside(leaf: _Part, forms: Forms) -> Forms:
    """The forms in the fields where the word has to stand."""
    return {name: some for name, some in forms.items() if name in leaf.reading.fields}


def _verdict(part: _Part, holds: Mapping[int, bool], idle: Mapping[int, bool], forms: Mapping[int, Forms]) -> Verdict:
    here = holds[id(part)]
    return Verdict(
        part.kind,
        part.text,
        here,
        part.by,
        idle.get(id(part), False),
        tuple(name for name in FIELDS if part.reading.fields != EVERYWHERE and name in part.reading.fields),
        forms.get(id(part), {}) if here else {},
        tuple(_verdict(one, holds, idle, forms) for one in part.parts),
    )


def _part(asked: Asked, node: Node, reading: Reading) -> _Part:
    text, plain = to_text(node), _plain(asked, node)
    match node:
        case Word(word):
            return _Part(Kind.WORD, word, plain, reading, by=asked.instead.get(word))
        case Phrase(words) | Pattern(words):
            return _Part(_KINDS[type(node)], words, plain, reading)
        case Limit(Operator.SEARCH, name) if (saved := asked.lookup(name)) is not None:
            return _Part(Kind.SEARCH, text, plain, reading, (_part(asked, saved, reading),))
        case All(nodes):
            reading = narrowed([_plain(asked, one) for one in nodes], reading)
    below = _with_codes([_part(asked, one, reading) for one in children(node) if not _names_fields(one)], node, reading)
    return _Part(_KINDS[type(node)], text, plain, reading, below)


def _with_codes(parts: Sequence[_Part], node: Node, reading: Reading) -> tuple[_Part, ...]:
    runs = spaced_codes([one.node for one in parts], reading) if isinstance(node, All) else []
    codes = {id(one): run for run in runs for one in run}
    return tuple(replace(one, code=codes.get(id(one.node), ())) for one in parts)


def _plain(asked: Asked, node: Node) -> Node:
    return with_words(expand(node, asked.lookup), dict(asked.instead))


def _names_fields(node: Node) -> bool:
    """Whether it only says where words have to stand."""
    return bool(named_fields(node.node if isinstance(node, Not) else node))
