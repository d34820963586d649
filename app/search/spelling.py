"""Corrects words of a query that no document has, by the words that documents have."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.spelling import (
    Candidate,
    Choice,
    choose,
    is_apart,
    is_correctable,
    is_word,
    similarity,
    variants,
    word_forms,
)
from app.domain.transliteration import layouts, skeletons
from app.domain.ukrainian import forms
from app.models.search_words import has_trigrams
from app.search.conditions import any_of

MOST = 8  # words of a query to correct: of a longer one the first
NEAREST = 50  # candidates by trigrams, for each word
# A word is known if a document has it in any form: as full text finds it. Asked only of words that are not counted, so
# each has few matches. MATERIALIZED: the planner would else read the whole table for the first match of a word that it
# takes for frequent. OFFSET 0: row by row, by the index (app/pipeline/engine/row_by_row.py).
UNKNOWN = text("""
    SELECT DISTINCT wanted.word
    FROM unnest(CAST(:words AS text[]), CAST(:forms AS text[])) AS wanted (word, forms)
    WHERE NOT EXISTS (SELECT FROM search_words WHERE word = wanted.word AND documents > 0 OFFSET 0)
    AND numnode(plainto_tsquery('russian', wanted.word)) > 0
    AND NOT EXISTS (
        WITH hits AS MATERIALIZED (
            SELECT FROM search_documents
            WHERE tsv @@ (plainto_tsquery('russian', wanted.word) || to_tsquery('russian', wanted.forms))
        ) SELECT FROM hits
    )
""")
SAME = text("""
    SELECT found.* FROM unnest(CAST(:words AS text[])) AS wanted (word) CROSS JOIN LATERAL (
        SELECT word, documents FROM search_words WHERE word = wanted.word AND documents > 0 OFFSET 0
    ) AS found
    UNION SELECT found.* FROM unnest(CAST(:skeletons AS text[])) AS wanted (skeleton) CROSS JOIN LATERAL (
        SELECT word, documents FROM search_words WHERE skeleton = wanted.skeleton AND documents > 0
        ORDER BY documents DESC, word LIMIT :most
    ) AS found
""")
ALIKE = text("""
    SELECT word, documents FROM search_words WHERE word % :word AND documents > 0
    ORDER BY similarity(word, :word) DESC, documents DESC, word LIMIT :most
""")
THRESHOLD = text("SELECT set_config('pg_trgm.similarity_threshold', :least, true)")
# For ALIKE alone: the planner takes a comparison of trigrams for as cheap as one of numbers, and would read the table.
SCANS = text("SELECT set_config('enable_seqscan', :scans, true)")


@dataclass(frozen=True)
class Correction:
    """by: the word of the documents to search for instead of `word`. why: typo, transliteration or layout."""

    word: str
    by: str
    why: str


def corrections(session: Session, words: Sequence[str]) -> dict[str, Correction]:
    """For each word that no document has: the nearest word that documents have, if there is enough evidence.

    Where some are like no word, another of the query has to be one that documents have.
    Keys are words as given; of more than MOST that are unknown, the first are corrected. Without the extension pg_trgm
    a word of two wrong letters or of a rare script has no correction. A word that was indexed within the last minute
    is known, but no other word may be corrected to it yet.
    """
    asked = {word: forms for word in words if (forms := tuple(filter(is_correctable, word_forms(word))))}
    unknown = _unknown(session, {forms[0] for forms in asked.values()}) if asked else set()
    wanted = dict.fromkeys(forms for forms in asked.values() if forms[0] in unknown)
    some = list(wanted)[:MOST]
    chosen = _chosen(session, list(dict.fromkeys(chain(*some)))) if some else {}
    found = {word: choice for word, forms in asked.items() if (choice := _first(chosen, forms)) is not None}
    if any(_first(chosen, forms) is None for forms in some) and len(unknown) == len({f[0] for f in asked.values()}):
        return {}  # a likeness among words that mean nothing is chance
    return {word: Correction(word, choice.word, choice.why.value) for word, choice in found.items()}


def _first(chosen: Mapping[str, Choice], forms: Sequence[str]) -> Choice | None:
    return next((chosen[form] for form in forms if form in chosen), None)


def _unknown(session: Session, words: Collection[str]) -> set[str]:
    others = [any_of(forms(word)) for word in words]
    return set(session.scalars(UNKNOWN, {"words": list(words), "forms": others}))


def _chosen(session: Session, words: Sequence[str]) -> dict[str, Choice]:
    """The word that each stands for. Words of two edits are looked for only where there is none of one."""
    near = _near(session, words)
    chosen = {word: choice for word in words if (choice := choose(word, near)) is not None}
    apart = [word for word in words if word not in chosen and is_apart(word)]
    if apart and has_trigrams(session):
        alike = {word: choose(word, _alike(session, word)) for word in apart}
        session.execute(SCANS, {"scans": "on"})
        chosen |= {word: choice for word, choice in alike.items() if choice is not None}
    return chosen


def _near(session: Session, words: Sequence[str]) -> list[Candidate]:
    """Words of documents by keys of an index: one edit away, on the other layout, of the same sound."""
    forms = {form for word in words for form in (*layouts(word), *variants(word)) if is_word(form)}
    sounds = {sound for word in words for sound in skeletons(word)}
    rows = session.execute(SAME, {"words": sorted(forms), "skeletons": sorted(sounds), "most": NEAREST})
    return [Candidate(word, documents) for word, documents in rows]


def _alike(session: Session, word: str) -> list[Candidate]:
    session.execute(SCANS, {"scans": "off"})
    session.execute(THRESHOLD, {"least": str(similarity(word))})
    return [Candidate(one, documents) for one, documents in session.execute(ALIKE, {"word": word, "most": NEAREST})]
