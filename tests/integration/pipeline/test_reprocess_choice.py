"""--channel, --since and --where."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.db import transaction
from app.errors import UserError
from app.reprocess.choice import choose
from app.reprocess.files import Files
from app.settings import Settings
from tests.factories.messages import START, document, message, now, photo, picture
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow


@pytest.fixture
def varied(flow: Flow) -> Flow:
    """Pictures of different kinds in two channels, read by one recipe; then there is another."""
    flow.post(message(1, "Bridges of the old town", photo("bridge")), message(2, "#winter news", photo("cat")))
    flow.post(message(3, "A video", document(picture("film"), "video", "video/mp4")))
    flow.post(message(4, "Fresh", photo("dog"), date=now()), channel=CITY)
    flow.watch("@news", "@city")
    change("UPDATE media_vision SET reading = jsonb_set(reading, '{language}', '\"ru\"') WHERE id = 1")
    change("UPDATE media_vision SET reading = jsonb_set(reading, '{classification}', '\"meme\"') WHERE id = 2")
    change("UPDATE media_vision SET status = 'partial' WHERE id = 2")
    flow.vision.prompt = "1" * 64
    return flow


def chosen(flow: Flow, *where: str, channel: str | None = None, since: str | None = None) -> set[int]:
    """The messages whose files are chosen."""
    with transaction() as session:
        keys = Files(session, [flow.vision], choose(session, channel, since, where)).keys()
        session.rollback()
    found: set[int] = set()
    for file, _ in keys:
        found |= {id_ for (id_,) in rows(OF_FILE, file=file)}
    return found


OF_FILE = (
    "SELECT telegram_message_id FROM posts JOIN post_media m ON m.post_id = posts.id JOIN media_files f USING (sha256)"
    " WHERE f.id = :file"
)


def test_each_key_of_where(varied: Flow) -> None:
    first = str(one("SELECT min(id) FROM vision_versions"))
    every = {1, 2, 3, 4}
    ru, meme = (message_of_reading(id_) for id_ in (1, 2))
    assert chosen(varied) == every
    for where, expected in {
        "kind=video": {3},
        "kind=photo": {1, 2, 4},
        "kind=meme": {meme},
        "kind=audio": set(),
        "language=ru": {ru},
        "language=en": set(),
        "status=ok": every - {meme},
        "status=partial": {meme},
        "status=error": set(),
        "status=refused": set(),
        "status=unread": set(),
        "provider=test": every,
        "provider=openai": set(),
        f"version={first}": every,
        "version=999": set(),
        "mime=image/jpeg": every,
        "mime=image/png": set(),
        "tag=#Winter": {2},
        "tag=summer": set(),
    }.items():
        assert chosen(varied, where) == expected, where
    assert chosen(varied, "kind=photo", "tag=winter") == {2}
    assert chosen(varied, "kind=video", "tag=winter") == set(), "all of them hold"


def message_of_reading(id_: int) -> int:
    """The message whose file a reading is about."""
    query = (
        "SELECT p.telegram_message_id FROM media_vision v JOIN media_files f ON f.id = v.media_file_id"
        " JOIN post_media m USING (sha256) JOIN posts p ON p.id = m.post_id WHERE v.id = :id"
    )
    return int(one(query, id=id_))


def test_channel_and_since(varied: Flow) -> None:
    assert chosen(varied, channel="@city") == {4}
    assert chosen(varied, since="30d") == {4}
    assert chosen(varied, since=(START + timedelta(minutes=2)).isoformat()) == {2, 3, 4}
    assert chosen(varied, since="1h", channel="@news") == set()


@pytest.mark.parametrize(
    ("where", "since", "said"),
    [
        ("colour=red", None, "kind, language, status, provider, version, mime, tag"),
        ("kind", None, "write KEY=VALUE"),
        ("kind=", None, "write KEY=VALUE"),
        ("kind=smell", None, "kind is one of photo, video"),
        ("status=fine", None, "ok, partial, error, refused, no_answer, unread"),
        ("version=new", None, "the number of a vision version"),
        ("kind=photo", "yesterday", "a date such as 2026-05-01"),
    ],
)
def test_what_cannot_be_meant_is_said(where: str, since: str | None, said: str, settings: Settings) -> None:
    with transaction() as session, pytest.raises(UserError, match=said):
        choose(session, None, since, (where,))
