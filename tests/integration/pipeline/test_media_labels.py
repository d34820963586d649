"""The media label of the metrics comes with the rows that a step has read: to count costs no statement of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from app.db import transaction
from app.domain.kinds import MediaKind, Step
from app.models import PostMedia, Publication
from app.observe import files
from app.observe.agreement import total
from app.pipeline.engine.step_metrics import media_of
from app.pipeline.posts.media_label import label_of
from app.pipeline.posts.revisions import items_of, publications_of
from app.settings import get_settings
from tests.factories.messages import album, document, message, photo, texts
from tests.integration.pipeline.flow import Flow

# What each of them is counted as, once by every step.
LABELS = {1: "unknown", 2: "photo", 10: "album", 20: "doc", 21: "video", 22: "doc", 23: "photo"}


@contextmanager
def _counting() -> Iterator[Path]:
    files.attach(get_settings())
    yield files.directory(get_settings())
    files.detach()


def _post(flow: Flow) -> None:
    flow.post(
        *texts([1]), message(2, "A lamp", photo("lamp")), *album(range(10, 13), 77), message(23, "", photo("cat"))
    )
    flow.post(message(20, "A page", document(b"%PDF-1.4 one")))
    flow.post(message(21, "A film", document(b"film", "video", "video/mp4")))
    flow.post(message(22, "A song", document(b"song", "audio", "audio/mpeg")))


def _add_preview(message_id: int, kind: MediaKind) -> None:
    """A link preview beside what the message itself carries: it changes no label."""
    with transaction() as session:
        [publication] = session.scalars(select(Publication).where(Publication.id == _publication(message_id)))
        assert publication.lead_post_id is not None
        session.add(
            PostMedia(post_id=publication.lead_post_id, position=5, role="preview", kind=kind, telegram_key="photo:1")
        )


def _publication(message_id: int) -> int:
    with transaction() as session:
        return next(
            id_ for id_, rows in items_of(session, _all()).items() if rows[0][0].telegram_message_id == message_id
        )


def _all() -> list[int]:
    with transaction() as session:
        return list(session.scalars(select(Publication.id)))


def test_the_rows_of_a_publication_tell_its_label(flow: Flow) -> None:
    _post(flow)
    flow.watch()
    _add_preview(1, MediaKind.PHOTO)
    _add_preview(21, MediaKind.PHOTO)
    with transaction() as session:
        publications, rows = publications_of(session, _all()), items_of(session, _all())
        labels = {rows[p.id][0][0].telegram_message_id: label_of(p, rows[p.id]) for p in publications.values()}
        looked_up = media_of(session, Step.TAG, _all())
        assert labels == LABELS
        assert {rows[p][0][0].telegram_message_id: label for p, label in looked_up.items()} == LABELS


def test_a_mixed_post_has_one_label(flow: Flow) -> None:
    """The first by name, as the query has it; a post of several own media is none of Telegram's today."""
    flow.post(message(1, "", photo("lamp")))
    flow.watch()
    with transaction() as session:
        [publication] = session.scalars(select(Publication))
        more = PostMedia(post_id=publication.lead_post_id, position=1, kind=MediaKind.DOCUMENT, telegram_key="d:1")
        session.add(more)
    with transaction() as session:
        [publication] = session.scalars(select(Publication))
        rows = items_of(session, [publication.id])[publication.id]
        assert label_of(publication, rows) == media_of(session, Step.TAG, [publication.id])[publication.id] == "doc"


def test_every_step_counts_under_the_right_label(flow: Flow) -> None:
    with _counting() as place:
        _post(flow)
        flow.watch()
        found = files.merged(place)
        for step in ("persist", "tag", "index"):
            for label in {*LABELS.values(), "album"}:
                expected = sum(one == label for one in LABELS.values())
                counted = total(found, "media_processing_total", {"stage": step, "media": label, "outcome": "ok"})
                assert counted == expected, (step, label)
        assert total(found, "media_processing_total", {"stage": "download", "media": "album"}) == 3
        assert total(found, "media_processing_total", {"stage": "download", "media": "doc"}) == 2
        assert total(found, "media_processing_total", {"stage": "merge", "media": "album"}) == 1
        assert total(found, "media_processing_total", {"stage": "vision", "media": "photo"}) == 5


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement of this process."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def test_to_be_counted_costs_no_statement(flow: Flow, statements: list[str]) -> None:
    _post(flow)
    flow.watch()
    statements.clear()
    flow.post(*album(range(30, 33), 78), message(40, "Another", photo("lamp")), *texts([41]))
    flow.run()
    without = len(statements)
    with _counting():
        statements.clear()
        flow.post(*album(range(50, 53), 79), message(60, "One more", photo("lamp")), *texts([61]))
        flow.run()
    # The lag of an album is told by the database's clock: one statement for each that is complete.
    assert len(statements) - 1 == without > 20
