"""Corrects words of a query that no document has, by the words that documents have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.spelling import Candidate, choose, is_apart, is_correctable, is_word, normal, variants
from app.domain.transliteration import layouts, skeletons
from app.models.search_words import has_trigrams

MOST = 8  # words of a query to correct: of a longer one the first
NEAREST = 50  # candidates by trigrams, for each word
# Of two words: their trigrams in common among all that they have. Two edits in the middle of nine letters leave .25.
SIMILARITY = 0.25

# A word is known if a document has it in any form: as full text finds it. Asked only of words that are not counted, so
# each has few matches. MATERIALIZED: the planner would else read the whole table for the first match of a word that it
# takes for frequent.
UNKNOWN = text("""
    SELECT DISTINCT wanted.word FROM unnest(CAST(:words AS text[])) AS wanted (word)
    WHERE NOT EXISTS (SELECT FROM search_words WHERE word = wanted.word AND documents > 0)
    AND numnode(plainto_tsquery('russian', wanted.word)) > 0
    AND NOT EXISTS (
        WITH hits AS MATERIALIZED (
            SELECT FROM search_documents WHERE tsv @@ plainto_tsquery('russian', wanted.word)
        ) SELECT FROM hits
    )
""")
# OFFSET 0: row by row, by the index (app/pipeline/engine/row_by_row.py).
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
    SELECT found.* FROM unnest(CAST(:words AS text[])) AS wanted (word) CROSS JOIN LATERAL (
        SELECT word, documents FROM search_words WHERE word % wanted.word AND documents > 0
        ORDER BY similarity(word, wanted.word) DESC, documents DESC, word LIMIT :most
    ) AS found
""")
# For a few thousand words the planner would rather read them all, word by word, than ask the index of trigrams.
PREPARE = text(
    "SELECT set_config('pg_trgm.similarity_threshold', :least, true), set_config('enable_seqscan', 'off', true)"
)
RESTORE = text("SELECT set_config('enable_seqscan', 'on', true)")


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
    a word of two wrong letters or of a rare script has no correction. A word that was indexed within the last pass of
    the sweeper is known, but no other word is corrected to it yet.
    """
    asked = {word: normal(word) for word in words if is_correctable(normal(word))}
    unknown = _unknown(session, asked.values()) if asked else set()
    wanted = list(dict.fromkeys(word for word in asked.values() if word in unknown))[:MOST]
    found = _candidates(session, wanted) if wanted else []
    chosen = {word: choice for word in wanted if (choice := choose(word, found)) is not None}
    if set(wanted) - chosen.keys() and not set(asked.values()) - unknown:
        return {}  # a likeness among words that mean nothing is chance
    return {
        word: Correction(word, chosen[form].word, chosen[form].why.value)
        for word, form in asked.items()
        if form in chosen
    }


def _unknown(session: Session, words: Collection[str]) -> set[str]:
    return set(session.scalars(UNKNOWN, {"words": list(words)}))


def _candidates(session: Session, words: Sequence[str]) -> list[Candidate]:
    """Words of documents that one of the words may stand for; `choose` judges each pair."""
    forms = {form for word in words for form in (*layouts(word), *variants(word)) if is_word(form)}
    sounds = {sound for word in words for sound in skeletons(word)}
    rows = session.execute(SAME, {"words": sorted(forms), "skeletons": sorted(sounds), "most": NEAREST}).all()
    if (apart := [word for word in words if is_apart(word)]) and has_trigrams(session):
        session.execute(PREPARE, {"least": str(SIMILARITY)})
        rows = [*rows, *session.execute(ALIKE, {"words": apart, "most": NEAREST})]
        session.execute(RESTORE)
    return [Candidate(word, documents) for word, documents in rows]
