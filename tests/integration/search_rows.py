"""Publications as the index has them, in a database of their own: for the tests of search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from app.models import SearchDocument
from app.settings import sqlalchemy_url
from tests.factories import rows
from tests.services import TestServices

DAY = datetime(2026, 3, 1, tzinfo=UTC)
CITY, QUIET = 1, 2


@contextmanager
def filled_database(services: TestServices, fill: Callable[[Session], object]) -> Iterator[Engine]:
    """A database with the rows that `fill` adds, for the tests of a module."""
    with services.database(services.template) as url:
        engine = create_engine(sqlalchemy_url(url))
        with Session(engine) as session, session.begin():
            fill(session)
        yield engine
        engine.dispose()


def add_channels(session: Session) -> None:
    """Two channels and nothing in them; the second has neither a name nor a number yet."""
    add_city(session)
    rows.channel(session, "@quiet_place", id=QUIET)


def add_city(session: Session) -> None:
    """A channel with a name, a number and a title."""
    rows.channel(session, "@city", id=CITY, username="city_news", telegram_id=111, title="Город")


def put(session: Session, id_: int, text: str = "", *, day: int | None = 0, channel: int = CITY, **fields: Any) -> None:
    """A publication as the index has it. day: after DAY; None: it has no date."""
    posted_at = None if day is None else DAY + timedelta(days=day)
    publication = rows.publication(session, channel, id=id_, text=text, posted_at=posted_at)
    rows.post(session, publication, id_, id=id_ + 1000, leads=True)
    parts = {"tags": "", "ocr": "", "labels": "", **fields}
    session.add(
        SearchDocument(
            publication_id=id_,
            channel_id=channel,
            revision=1,
            text=text,
            tag_list=parts["tags"].splitlines(),
            posted_at=posted_at,
            content_hash=f"hash of {id_}",
            **parts,
        )
    )
    session.flush()


@dataclass
class Compass:
    """An embedder for one query, `north`: any other text is the cosine of its angle to it."""

    name: str = "compass"
    dimensions: int = 2
    asked: list[str] = field(default_factory=list)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Unit vectors in a plane."""
        self.asked += texts
        return [self.vector(1.0 if text == "north" else float(text)) for text in texts]

    def vector(self, cosine: float) -> list[float]:
        """The vector with that cosine to `north`."""
        return [cosine, (1 - cosine**2) ** 0.5, *[0.0] * (self.dimensions - 2)]
