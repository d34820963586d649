"""How documents write the words of a query: the forms that stand in each field, phrases, codes, matches of patterns."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, Text, and_, case, func, literal, literal_column, null, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.domain.codes import found_code, is_code
from app.domain.documents import START, STOP
from app.domain.query.tree import Either, Pattern, Phrase, Word
from app.models import SearchDocument
from app.search.conditions import COLUMNS, CONFIG, part_of, tsquery

Leaf = Word | Phrase | Pattern
Forms = Mapping[str, tuple[str, ...]]  # by field: text, ocr, desc, tags

SHOWN = 3  # forms of a word in a field
LONGEST = 80  # characters of a form
PATTERNS = 8  # of a query whose matches are cut out: each reads all fields again
MARKED = 200  # places of a field that are looked at: a book has the word on each page
NEXT = 400  # characters from a place on in which the rest of a phrase is looked for

_MARKED = re.compile(f"{START}(.*?){STOP}", re.DOTALL)
_WORD = r"\w+(?:[-'’.]\w+)*"
_ALL = f'HighlightAll=true, StartSel="{START}", StopSel="{STOP}"'


def written(session: Session, leaves: Sequence[Leaf], ids: Sequence[int]) -> dict[int, list[Forms]]:
    """For each document, the forms of each leaf, in the order of the leaves. It reads each field once.

    A form is as the document writes it, on one line. A leaf that the document lacks has none.
    """
    found: dict[int, list[dict[str, list[str]]]] = {id_: [defaultdict(list) for _ in leaves] for id_ in ids}
    for forms in (_words(session, leaves, ids), _codes(session, leaves, ids), _patterns(session, leaves, ids)):
        for id_, number, field, form in forms:
            _keep(found[id_][number][field], form)
    return {id_: [{name: tuple(some) for name, some in one.items()} for one in all_] for id_, all_ in found.items()}


def _keep(kept: list[str], form: str) -> None:
    line = " ".join(form.split())
    line = line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
    if line and len(kept) < SHOWN and line.casefold() not in {one.casefold() for one in kept}:
        kept.append(line)


Found = Iterator[tuple[int, int, str, str]]  # document, number of the leaf, field, form


def _words(session: Session, leaves: Sequence[Leaf], ids: Sequence[int]) -> Found:
    """Words and phrases, by one headline of each field that has some of them."""
    texts = {number: leaf for number, leaf in enumerate(leaves) if isinstance(leaf, Word | Phrase)}
    if not texts:
        return
    lengths = {len(leaf.text.split()) for leaf in texts.values() if isinstance(leaf, Phrase)} - {0}
    marked = [
        (id_, field, _candidates(headline, lengths))
        for id_, field, headline in _headlines(session, list(texts.values()), ids)
    ]
    said = _said(session, texts, {form for *_, candidates in marked for form in candidates})
    for id_, field, candidates in marked:
        for form in candidates:
            yield from ((id_, number, field, form) for number in said.get(form, ()))


def _headlines(session: Session, texts: Sequence[Word | Phrase], ids: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    some = tsquery(Either(tuple(texts)))
    whole = [
        case((part_of([name]).op("@@")(some), func.ts_headline(CONFIG, column, some, _ALL)), else_=null())
        for name, column in COLUMNS.items()
    ]
    query = select(SearchDocument.publication_id, *whole).where(SearchDocument.publication_id == func.any(list(ids)))
    for id_, *cells in session.execute(query):
        yield from ((id_, name, str(cell)) for name, cell in zip(COLUMNS, cells, strict=True) if cell is not None)


def _candidates(headline: str, lengths: Iterable[int]) -> list[str]:
    """The marked words, and from each of them on as many words as a phrase has, in order and each once."""
    found: dict[str, None] = {}
    for number, mark in enumerate(_MARKED.finditer(headline)):
        if number == MARKED:
            break
        found[mark[1]] = None
        after = headline[mark.start() : mark.start() + NEXT].replace(START, "").replace(STOP, "")
        for length in lengths:
            if run := re.match(_WORD + rf"(?:\W{{1,5}}{_WORD}){{{length - 1}}}", after):
                found[run[0]] = None
    return list(found)


def _said(session: Session, texts: Mapping[int, Word | Phrase], forms: Iterable[str]) -> dict[str, list[int]]:
    """Which of the words and phrases each form is, as full text judges it.

    A word that full text reads as several (`mid-range`) is said by each of them.
    """
    form = func.unnest(literal(sorted(forms), ARRAY(Text))).column_valued("form")
    vector = func.to_tsvector(CONFIG, form)
    judged: list[ColumnElement[bool]] = []
    for leaf in texts.values():
        said: ColumnElement[bool] = vector.op("@@")(tsquery(leaf))
        if isinstance(leaf, Word):
            parts = func.tsvector_to_array(func.to_tsvector(CONFIG, leaf.text))
            said = or_(said, func.tsvector_to_array(vector).op("&&")(parts))
            said = and_(said, func.strpos(form, " ") == 0)
        judged.append(said)
    rows = session.execute(select(form, *judged))
    return {row[0]: [number for number, holds in zip(texts, row[1:], strict=True) if holds] for row in rows}


def _codes(session: Session, leaves: Sequence[Leaf], ids: Sequence[int]) -> Found:
    """Words with a digit inside the codes of pictures."""
    codes = {number: leaf.text for number, leaf in enumerate(leaves) if isinstance(leaf, Word) and is_code(leaf.text)}
    if not codes:
        return
    rows = session.execute(
        select(SearchDocument.publication_id, SearchDocument.ocr).where(
            SearchDocument.publication_id == func.any(list(ids)), SearchDocument.codes.is_not(None)
        )
    )
    for id_, ocr in rows:
        for number, code in codes.items():
            if form := found_code(code, ocr):
                yield id_, number, "ocr", form


def _patterns(session: Session, leaves: Sequence[Leaf], ids: Sequence[int]) -> Found:
    patterns = [(number, leaf.text) for number, leaf in enumerate(leaves) if isinstance(leaf, Pattern)][:PATTERNS]
    if not patterns:
        return
    matches = [
        func.left(func.regexp_substr(column, text, 1, 1, literal_column("'i'")), LONGEST + 1)
        for _, text in patterns
        for column in COLUMNS.values()
    ]
    query = select(SearchDocument.publication_id, *matches).where(SearchDocument.publication_id == func.any(list(ids)))
    for id_, *cells in session.execute(query):
        places = ((number, field) for number, _ in patterns for field in COLUMNS)
        yield from ((id_, number, field, cell) for (number, field), cell in zip(places, cells, strict=True) if cell)
