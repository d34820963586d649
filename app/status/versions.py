"""The versions of readings, tags, documents and answers: which are of today, which are older, how much each made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.domain import remedies
from app.models import Question, TagChange, VisionChain, VisionVersion
from app.models.search import has_embeddings
from app.pipeline.engine.counters import by_key
from app.pipeline.posts import forwards
from app.pipeline.steps import older_documents
from app.search.limits import walking
from app.settings import Settings
from app.status.fill_progress import FillProgress, gallery_progress, trends_progress, words_progress

MOST = 10_000  # readings of a recipe that are counted; one more stands for all further ones
RECIPES = 30  # the newest; those of today first
LOOKED_AT = 1_000  # newest tag changes and questions
# Each part ends after its first entries in the index of a recipe's readings.
READINGS = text("""
    SELECT recipes.id, part.count FROM unnest(CAST(:ids AS bigint[])) AS recipes (id), LATERAL (
        SELECT count(*) FROM (
            SELECT FROM media_vision WHERE vision_version_id = recipes.id ORDER BY vision_version_id LIMIT :most
        ) AS bounded
    ) AS part
""")


class Place(StrEnum):
    """The part that a recipe plays today."""

    PRIMARY = "primary"
    FALLBACK = "fallback"
    FORMER = "former"  # not in the chain: an earlier recipe, or that of previews alone


@dataclass(frozen=True)
class RecipeVersion:
    """A recipe. readings: files that it has read, up to 10,001, which stands for more.

    dry_run: shows what the recipe of today would read again of them, and its price; empty for those of today.
    """

    version: int
    provider: str
    model: str
    prompt: str  # first digits of the hash of its prompt
    schema: int
    since: datetime
    place: Place
    readings: int
    dry_run: str


@dataclass(frozen=True)
class VersionUsed:
    """A version of a tagger or answerer, among the newest results. first, last: times of those that were looked at."""

    version: str
    vocabulary: str
    results: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Documents:
    """Search documents. Numbers but `indexed` are of older ones that the sweeper still fills; 10,001 stands for more.

    indexed: revisions of publications. embedder: of the settings; None where search is by words only.
    """

    indexed: int
    embedder: str | None
    without_filters: int
    without_forwards: int
    words: FillProgress | None
    trends: FillProgress | None
    gallery: FillProgress | None


@dataclass(frozen=True)
class Versions:
    """All of them. reread, retag: dry runs of everything that is older than today's versions."""

    recipes: tuple[RecipeVersion, ...]
    vision_off: bool
    tagger: str
    taggers: tuple[VersionUsed, ...]
    documents: Documents
    answerers: tuple[VersionUsed, ...]
    reread: str
    retag: str


def versions(session: Session, settings: Settings, most: int = MOST) -> Versions:
    """The versions. Counts end at their bounds, so that the cost does not grow with the archive."""
    return Versions(
        recipes=_recipes(session, most),
        vision_off=settings.vision_provider == "none",
        tagger=settings.tagger,
        taggers=_taggers(session),
        documents=_documents(session, settings),
        answerers=_answerers(session),
        reread=remedies.command("reanalyze --dry-run"),
        retag=remedies.command("retag --dry-run"),
    )


def _recipes(session: Session, most: int) -> tuple[RecipeVersion, ...]:
    members = session.scalars(select(VisionChain.members)).first() or []
    newest = session.scalars(select(VisionVersion).order_by(VisionVersion.id.desc()).limit(RECIPES)).all()
    known = {row.id for row in newest}
    missing = [id_ for id_ in members if id_ not in known]
    older = session.scalars(select(VisionVersion).where(VisionVersion.id.in_(missing))).all() if missing else []
    rows = sorted([*newest, *older], key=lambda row: _rank(row.id, members))
    with walking(session):
        counts = session.execute(READINGS, {"ids": [row.id for row in rows], "most": most + 1}).all()
    readings: dict[int, int] = dict(counts)
    return tuple(_recipe(row, members, readings.get(row.id, 0)) for row in rows)


def _rank(id_: int, members: Sequence[int]) -> tuple[int, int]:
    return (0, members.index(id_)) if id_ in members else (1, -id_)


def _recipe(row: VisionVersion, members: Sequence[int], readings: int) -> RecipeVersion:
    place = Place.FORMER
    if row.id in members:
        place = Place.FALLBACK if members.index(row.id) else Place.PRIMARY
    older = place is Place.FORMER and readings > 0
    return RecipeVersion(
        version=row.id,
        provider=row.provider,
        model=row.model,
        prompt=row.prompt_hash[:8],
        schema=row.schema_version,
        since=row.registered_at.astimezone(UTC),
        place=place,
        readings=readings,
        dry_run=remedies.command("reanalyze --where", f"version={row.id}", "--dry-run") if older else "",
    )


def _taggers(session: Session) -> tuple[VersionUsed, ...]:
    """By the newest tag changes, in the order of their ids."""
    newest = select(TagChange.tagger_version, func.coalesce(TagChange.vocabulary, "").label("vocabulary"), TagChange.at)
    some = newest.order_by(TagChange.id.desc()).limit(LOOKED_AT).subquery()
    columns = (some.c.tagger_version, some.c.vocabulary, func.count(), func.min(some.c.at), func.max(some.c.at))
    with walking(session):
        rows = session.execute(select(*columns).group_by(some.c.tagger_version, some.c.vocabulary)).all()
    return _used(rows)


def _answerers(session: Session) -> tuple[VersionUsed, ...]:
    newest = select(Question.answerer, Question.asked_at).order_by(Question.asked_at.desc(), Question.id.desc())
    some = newest.limit(LOOKED_AT).subquery()
    columns = (some.c.answerer, func.count(), func.min(some.c.asked_at), func.max(some.c.asked_at))
    with walking(session):
        rows = session.execute(select(*columns).group_by(some.c.answerer)).all()
    return _used([(answerer, "", *rest) for answerer, *rest in rows])


def _used(rows: Sequence[Sequence[object]]) -> tuple[VersionUsed, ...]:
    """The version of the newest result first."""
    found = [VersionUsed(*row) for row in rows]  # type: ignore[arg-type]
    return tuple(sorted(found, key=lambda one: one.last, reverse=True))


def _documents(session: Session, settings: Settings) -> Documents:
    indexed = by_key(session, "work.index.done")["work.index.done"]
    return Documents(
        indexed=sum(indexed.values()),
        embedder=None if settings.embedder == "none" or not has_embeddings(session) else settings.embedder,
        without_filters=older_documents.left(session),
        without_forwards=forwards.left(session),
        words=words_progress(session),
        trends=trends_progress(session),
        gallery=gallery_progress(session),
    )
