"""The demo's checks: each compares the database or the store with the sample channels, or two tables that must agree.

None asks the code of the flow for the right value: a check that shared its formula would share its faults.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from app.demo.checks import albums, files, index, posts, readings, steps, tags
from app.demo.checks.evidence import Check, Evidence
from app.demo.expected import Expected
from app.ports import MediaStore

__all__ = ["CHECKS", "Check", "check_all"]

CHECKS: tuple[Callable[[Evidence], Check], ...] = (
    posts.channels,
    posts.texts,
    posts.marks,
    posts.ties,
    posts.facts,
    posts.edits,
    posts.deletions,
    albums.publications,
    albums.albums,
    albums.kinds,
    albums.late,
    files.stored,
    files.described,
    files.once,
    files.types,
    files.damaged,
    files.lying,
    readings.read,
    readings.words,
    readings.kinds,
    readings.labels,
    readings.merged,
    tags.tagged,
    tags.hashtags,
    tags.lineage,
    index.documents,
    index.embeddings,
    steps.ended,
    steps.complete,
    steps.sent,
    steps.told,
)


def check_all(session: Session, store: MediaStore, expected: Expected, embedder: str | None = None) -> list[Check]:
    """Runs all checks of the database and the store. embedder: its name; None where the search is by words only."""
    evidence = Evidence(session, store, expected, embedder)
    return [check(evidence) for check in CHECKS]
