"""An archive of the labelled publications: rows as the pipeline leaves them, indexed by the pipeline's own step."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from app.domain.documents import ItemContent
from app.domain.enrichment import ItemVision, TagsMetadata, VisionMetadata
from app.domain.kinds import Classification, MediaKind, Step
from app.eval.documents import Document
from app.local import services
from app.migrations.run import run_migrations
from app.models import Channel, MediaFile, Post, PostMedia, Publication
from app.pipeline.engine.outcomes import EarlyOutcome, Performed
from app.pipeline.engine.work import Claim
from app.pipeline.posts import enrichment, search_words
from app.pipeline.steps.index import Index
from app.ports import Embedder
from app.settings import sqlalchemy_url

START = datetime(2026, 1, 1, tzinfo=UTC)
REVISION = 1


@contextmanager
def database() -> Iterator[Engine]:
    """An empty database with the newest schema, in an embedded PostgreSQL of its own that ends with the block."""
    with TemporaryDirectory(prefix="eval-") as folder:
        home = Path(folder) / "home"
        try:
            url = services.start(home, valkey=False, tied=True).database_url
            assert url is not None
            run_migrations(url)
            engine = create_engine(sqlalchemy_url(url))
            yield engine
            engine.dispose()
        finally:
            services.stop(home)


def fill(session: Session, documents: Iterable[Document], embedder: Embedder | None) -> dict[int, str]:
    """Writes and indexes the documents, one an hour in a shuffled order: a tie does not go to a neighbour in the file.

    An archive may be filled again with documents of other channels.

    Returns their names by the ids of their publications.
    """
    ordered = sorted(documents, key=lambda one: one.name)
    random.Random("search").shuffle(ordered)
    channels = _channels(session, sorted({one.channel for one in ordered}))
    names = {
        _publication(session, channels[one.channel], hour, one): one.name for hour, one in enumerate(ordered, start=1)
    }
    _index(session, Index(embedder), list(names))
    while search_words.fold_within(session):  # as the sweeper does
        pass
    return names


def _channels(session: Session, names: Sequence[str]) -> dict[str, Channel]:
    known = session.scalar(select(func.count(Channel.id))) or 0
    made = {
        name: Channel(reference=f"@{name}", username=name, telegram_id=number, title=name.capitalize())
        for number, name in enumerate(names, start=known + 1)
    }
    session.add_all(made.values())
    session.flush()
    return made


def _publication(session: Session, channel: Channel, hour: int, document: Document) -> int:
    group = {"channel_id": channel.id, "grouped_id": hour if len(document.items) > 1 else None}
    moment = START + timedelta(hours=hour)
    made = Publication(**group, revision=REVISION, text=document.text, posted_at=moment)
    session.add(made)
    session.flush()
    number = hour * 10  # an album of ten has ten messages
    posts = [
        Post(**group, telegram_message_id=number + at, publication_id=made.id, posted_at=moment, has_media=bool(item))
        for at, item in enumerate(document.items or (None,))
    ]
    posts[0].text = document.text
    session.add_all(posts)
    session.flush()
    made.lead_post_id = posts[0].id
    read = [_picture(session, document, post, item) for post, item in zip(posts, document.items, strict=False)]
    vision = VisionMetadata(vision_version=1, features_hash="", revision=REVISION, items=read)
    enrichment.write_all(session, {posts[0].id: vision})
    enrichment.write_all(session, {posts[0].id: _tags(document)})
    return made.id


def _picture(session: Session, document: Document, post: Post, item: ItemContent) -> ItemVision:
    """Writes the file of a post and its medium; returns its reading."""
    digest = sha256(f"{document.name}/{post.telegram_message_id}".encode()).hexdigest()
    session.add(MediaFile(sha256=digest, size=1, mime="image/jpeg", extension=".jpg"))
    session.flush()
    session.add(PostMedia(post_id=post.id, kind=MediaKind.PHOTO, sha256=digest, file_name=item.file_name))
    return ItemVision(
        sha256=digest,
        message_ids=[post.telegram_message_id],
        vision_version=1,
        classification=Classification.OTHER,
        description=item.description,
        labels=list(item.labels),
        ocr_text=item.ocr or "",
        language=document.language if item.ocr else None,
    )


def _tags(document: Document) -> TagsMetadata:
    return TagsMetadata(
        tags=list(document.tags),
        tags_hash="",
        tags_version=None,
        features_hash=None,
        text_hash="",
        tagger_version="labelled",
        tagger_input_hash="",
        revision=REVISION,
        trigger="initial",
    )


def _index(session: Session, step: Index, publications: Sequence[int]) -> None:
    """Does the three parts of the step in this transaction, without rows of work."""
    for start in range(0, len(publications), step.chunk):
        claims = [
            Claim(
                id=id_, step=Step.INDEX, subject_id=id_, revision=REVISION, attempts=0, asked=None, token=uuid.uuid4()
            )
            for id_ in publications[start : start + step.chunk]
        ]
        given = step.load_all(session, claims)
        inputs = [one for one in given if not isinstance(one, EarlyOutcome | Exception)]
        assert len(inputs) == len(claims), "a publication cannot be indexed"
        done = zip(claims, inputs, step.perform(inputs), strict=True)
        step.finish_all(
            session, [Performed(held, one, vector) for held, one, vector in done if not isinstance(vector, Exception)]
        )
