"""Searches by words: PostgreSQL full text over text, tags, OCR and labels at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Text, cast, func, literal, literal_column, select, type_coerce
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY, TSVECTOR
from sqlalchemy.orm import Session

from app.domain.documents import START, STOP
from app.models import SearchDocument
from app.search.filters import Filters

# Sends ASCII words to the English stemmer, so one configuration serves both languages.
CONFIG = literal("russian", REGCONFIG)
CANDIDATES = 100  # enough for the fused order of the first page
# ts_rank_cd: divide by 1 + log of the length, or long texts would win by their length.
BY_LENGTH = 1
HEADLINE = f'StartSel="{START}", StopSel="{STOP}", MaxFragments=2, MaxWords=20, MinWords=8, FragmentDelimiter=" … "'

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


def by_words(session: Session, query: str, filters: Filters, limit: int = CANDIDATES) -> list[int]:
    """At most `limit` publications with every word of the query, the best first; with any word, if none has all.

    Quotes, `or` and a leading minus work as on the web; a query with one of them does not fall back to any word.
    """
    found = _ranked(session, func.websearch_to_tsquery(CONFIG, query), filters, limit)
    if found or re.search(r'"|(?:^|\s)-\w|\sor\s', query, re.IGNORECASE):
        return found
    return _ranked(session, _any_word(query), filters, limit)


def _ranked(session: Session, query: ColumnElement[object], filters: Filters, limit: int) -> list[int]:
    # MATERIALIZED: with ORDER BY date the planner would else walk the date index and test each row for rare words.
    hits = (
        select(
            SearchDocument.publication_id,
            SearchDocument.posted_at,
            func.ts_rank_cd(SearchDocument.tsv, query, BY_LENGTH).label("rank"),
        )
        .where(SearchDocument.tsv.op("@@")(query), filters.condition())
        .cte("hits")
        .prefix_with("MATERIALIZED")
    )
    ordered = (hits.c.rank.desc(), hits.c.posted_at.desc().nulls_last(), hits.c.publication_id.desc())
    return list(session.scalars(select(hits.c.publication_id).order_by(*ordered).limit(limit)))


def _any_word(query: str) -> ColumnElement[object]:
    """Matches any word of the query, to find the fields that match and the words to mark."""
    asked = re.sub(r'(?:^|\s)-(?:"[^"]*"?|\S+)', " ", query)
    lexemes = func.unnest(func.tsvector_to_array(func.to_tsvector(CONFIG, asked))).column_valued("lexeme")
    joined = select(func.string_agg(func.quote_literal(cast(lexemes, Text)), " | ")).scalar_subquery()
    return type_coerce(cast(func.coalesce(joined, ""), TSQUERY), TSQUERY)


def explain(session: Session, query: str, ids: Sequence[int]) -> dict[int, Match]:
    """The match of each publication. Its headline is from the field that has most of the query's words."""
    every, some = func.websearch_to_tsquery(CONFIG, query), _any_word(query)
    columns: list[ColumnElement[object]] = []
    for _, weight, field in FIELDS:
        part = func.ts_filter(SearchDocument.tsv, literal_column(f"'{{{weight}}}'::\"char\"[]"), type_=TSVECTOR)
        columns += [part.op("@@")(every), part.op("@@")(some), func.ts_headline(CONFIG, field, some, HEADLINE)]
    rows = session.execute(
        select(SearchDocument.publication_id, *columns).where(SearchDocument.publication_id.in_(ids))
    )
    return {row[0]: _match(row[1:]) for row in rows}


def _match(cells: Sequence[object]) -> Match:
    fields = list(zip((name for name, _, _ in FIELDS), cells[::3], cells[1::3], cells[2::3], strict=True))
    matched = [(name, bool(full), str(headline)) for name, full, part, headline in fields if part]
    best = max(matched, key=lambda field: field[1], default=None)  # the first field with all words, else the first
    return Match(tuple(name for name, _, _ in matched), best[2] if best else None)
