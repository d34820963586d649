"""Tells in which fields of a document the words of a query stand, and cuts out the best fragment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.documents import START, STOP, around
from app.domain.query.parts import wanted
from app.domain.query.tree import Either, Node
from app.models import SearchDocument
from app.search.conditions import CONFIG, TsQuery, tsquery

HEADLINE = f'StartSel="{START}", StopSel="{STOP}", MaxFragments=2, MaxWords=20, MinWords=8, FragmentDelimiter=" … "'

# Fragments of a text with thousands of matches take seconds each: PostgreSQL compares them with each other. A longer
# text is marked as a whole, in one pass, and its part is cut out here.
LONG = 10_000  # characters
WHOLE = f'StartSel="{START}", StopSel="{STOP}", HighlightAll=true'

FIELDS = (
    ("text", "a", SearchDocument.text),
    ("ocr", "c", SearchDocument.ocr),
    ("labels", "d", SearchDocument.labels),
    ("tags", "b", SearchDocument.tags),
)


@dataclass(frozen=True)
class Match:
    """The fields with words of the query, and the best fragment, with matched words between START and STOP."""

    where: tuple[str, ...]
    headline: str | None


def explain(session: Session, texts: Node, ids: Sequence[int]) -> dict[int, Match]:
    """The match of each publication. Its headline is from the field that has most of the query's words.

    texts: the wanted words and phrases of the query.
    """
    every, some = tsquery(texts), tsquery(Either(tuple(wanted(texts))))
    columns: list[ColumnElement[object]] = []
    for _, weight, field in FIELDS:
        part = func.ts_filter(SearchDocument.tsv, literal_column(f"'{{{weight}}}'::\"char\"[]"), type_=TSVECTOR)
        columns += [part.op("@@")(every), part.op("@@")(some), _headline(field, some)]
    rows = session.execute(
        select(SearchDocument.publication_id, *columns).where(SearchDocument.publication_id.in_(ids))
    )
    return {row[0]: _match(row[1:]) for row in rows}


def _headline(field: InstrumentedAttribute[str], some: TsQuery) -> ColumnElement[object]:
    return func.ts_headline(CONFIG, field, some, case((func.length(field) > LONG, WHOLE), else_=HEADLINE))


def _match(cells: Sequence[object]) -> Match:
    fields = list(zip((name for name, _, _ in FIELDS), cells[::3], cells[1::3], cells[2::3], strict=True))
    matched = [(name, bool(full), str(headline)) for name, full, part, headline in fields if part]
    best = max(matched, key=lambda field: field[1], default=None)  # the first field with all words, else the first
    headline = best[2] if best else None
    long = headline is not None and len(headline) > LONG
    return Match(tuple(name for name, _, _ in matched), around(headline) if headline and long else headline)
