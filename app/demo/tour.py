"""A tour of a finished demo for a newcomer: kinds and types, words and tags, one album from message to tags."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.domain.reading import Reading
from app.explain import Explanation, explain
from app.models import MediaFile, MediaGroup, MediaVision, Publication, SearchDocument, TagChange

TOP = 10


@dataclass(frozen=True)
class Tour:
    """Counts by name, the largest first."""

    albums: dict[str, int]  # by kind
    types: dict[str, int]  # files by type of their content
    pictures: dict[str, int]  # by classification
    with_text: int  # files with words in them
    words: int
    tags: dict[str, int]
    album: Explanation | None  # one that was tagged again


def tour(session: Session) -> Tour:
    """Reads the tour from the database."""
    readings = [
        Reading.model_validate(data)
        for data in session.scalars(select(MediaVision.reading).where(MediaVision.reading.is_not(None)))
    ]
    texts = [reading.text for reading in readings if reading.text.strip()]
    return Tour(
        albums=_counted(session, select(MediaGroup.album_kind, func.count()).group_by(MediaGroup.album_kind)),
        types=_counted(session, select(MediaFile.mime, func.count()).group_by(MediaFile.mime)),
        pictures=_sorted(Counter(reading.classification.value for reading in readings)),
        with_text=len(texts),
        words=sum(len(text.split()) for text in texts),
        tags=_tags(session),
        album=_album(session),
    )


def _tags(session: Session) -> dict[str, int]:
    tag = func.unnest(SearchDocument.tag_list).label("tag")
    query = select(tag, func.count()).group_by(tag).order_by(func.count().desc(), tag).limit(TOP)
    return dict(session.execute(query).all())


def _album(session: Session) -> Explanation | None:
    """The album of photos whose tags gained most from its pictures; at most five items, to fit a screen."""
    gained = func.cardinality(TagChange.added)
    query = (
        select(Publication)
        .join(MediaGroup, MediaGroup.publication_id == Publication.id)
        .join(TagChange, TagChange.publication_id == Publication.id)
        .where(TagChange.trigger == "vision_retag", MediaGroup.items_count <= 5, Publication.text != "")
        .order_by(gained.desc(), Publication.id)
    )
    found = session.scalars(query.limit(1)).first()
    return None if found is None else explain(session, found)


def _counted(session: Session, query: Select[str, int]) -> dict[str, int]:
    return _sorted(Counter(dict(session.execute(query).all())))


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(counts.most_common())
