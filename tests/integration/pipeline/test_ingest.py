"""A page of messages as rows: what an answer changes in a post, and what it leaves as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db import transaction
from app.domain.kinds import MediaKind, Origin
from app.domain.messages import Entity, Forward, Incoming, MediaDescriptor, Unparsed, Words
from app.models import Post
from app.pipeline.posts.channels import lock_channel
from app.pipeline.posts.ingest import Ingested, home_of, ingest
from app.settings import Settings
from tests.factories import rows as make
from tests.integration.pipeline.database import one, rows

WHEN = datetime(2024, 3, 1, 12, tzinfo=UTC)
LATER = WHEN + timedelta(hours=3)
LINK = Entity("text_url", 5, 4, "https://example.org/")


@pytest.fixture
def channel(settings: Settings) -> int:
    """A watched channel without posts."""
    with transaction() as session:
        return make.channel(session).id


def write(channel: int, *messages: Incoming | Unparsed, gone: Iterable[int] = ()) -> Ingested:
    """A page is written."""
    with transaction() as session:
        return ingest(session, lock_channel(session, channel), messages, tuple(gone))


def incoming(number: int = 1, text: str = "Read this page", **fields: Any) -> Incoming:
    return Incoming(number, WHEN + timedelta(minutes=number), text, raw={"id": number}, **fields)


def photo(key: str) -> MediaDescriptor:
    return MediaDescriptor(MediaKind.PHOTO, f"photo:{key}", 100, width=8, height=8)


def stored(*columns: str) -> tuple[Any, ...]:
    """Columns of the one post."""
    [row] = rows(f"SELECT {', '.join(columns)} FROM posts")
    return row


def revisions() -> dict[int, int]:
    """message id -> revision of its publication."""
    return dict(
        rows(
            "SELECT telegram_message_id, revision FROM posts p JOIN publications b ON b.id = publication_id ORDER BY 1"
        )
    )


def test_a_post_comes_home_to_the_album_of_its_own_channel(channel: int) -> None:
    """Numbers of albums are those of a channel alone. What belongs to none gets a publication of its own."""
    with transaction() as session:
        other = make.channel(session, "@other").id
        elsewhere, here = (make.publication(session, id_, grouped_id=5).id for id_ in (other, channel))
        single = make.publication(session, channel).id
        assert home_of(session, Post(channel_id=channel, grouped_id=5)) == here
        assert home_of(session, Post(channel_id=other, grouped_id=5)) == elsewhere
        new = [home_of(session, Post(channel_id=channel, grouped_id=group)) for group in (6, None, None)]
        assert len({elsewhere, here, single, *new}) == 6
        assert home_of(session, Post(channel_id=channel, grouped_id=6)) == new[0]


FULL = incoming(
    entities=(LINK,),
    views=10,
    forwards=3,
    reply_to=7,
    forward=Forward(5, "Another", 8, LATER),
    edit_date=LATER,
    kind="link preview",
    not_taken=("a voice: too long",),
)


def test_a_post_has_all_that_was_sent(channel: int) -> None:
    found = write(channel, FULL)
    assert (found.new, [one.number for one in found.changed.values()]) == (1, [1])
    assert stored("text", "posted_at", "edited_at", "views", "forwards", "reply_to", "kind", "not_taken") == (
        *(FULL.text, FULL.date, LATER, 10, 3, 7, "link preview", ["a voice: too long"]),
    )
    assert stored("entities", "forward", "raw", "status", "has_media", "service", "history", "deleted_at") == (
        [{"kind": "text_url", "offset": 5, "length": 4, "url": "https://example.org/"}],
        {"from_telegram_id": 5, "from_name": "Another", "message_id": 8, "date": LATER.isoformat()},
        {"id": 1},
        *("ok", False, False, [], None),
    )


@pytest.mark.parametrize(
    ("fields", "revised"),
    [
        ({"text": "Another text"}, True),
        ({"entities": ()}, True),
        ({"entities": (replace(LINK, url="https://example.org/2"),)}, True),
        ({"media": (photo("1"),)}, True),
        ({"words": (Words(Origin.QUESTION, "Yes or no?"),)}, True),
        ({"reply_to": 9}, False),
        ({"forward": Forward(6)}, False),
        ({"edit_date": LATER + timedelta(hours=1)}, False),
        ({"not_taken": ()}, False),
        ({"views": 11, "forwards": 4}, False),
        ({}, False),
    ],
)
def test_an_answer_replaces_what_was_there_and_revises_only_what_is_read(
    fields: Mapping[str, Any], revised: bool, channel: int
) -> None:
    write(channel, FULL)
    changed = replace(FULL, **fields, raw={"id": 1, "again": True})
    assert bool(write(channel, changed).changed) is revised
    assert revisions() == {1: 2 if revised else 1}
    assert stored("text", "views", "forwards", "reply_to", "edited_at", "not_taken") == (
        *(changed.text, changed.views, changed.forwards, changed.reply_to, changed.edit_date, list(changed.not_taken)),
    )
    assert stored("entities", "forward->>'from_telegram_id'") == (
        [{"kind": e.kind, "offset": e.offset, "length": e.length, "url": e.url} for e in changed.entities],
        str(changed.forward.from_telegram_id if changed.forward else None),
    )
    touched = set(fields) - {"views", "forwards"}
    assert stored("raw") == ({"id": 1, "again": True} if touched else {"id": 1},), "kept as the last change came"
    assert write(channel, changed) == Ingested({}, 0), "the same answer again changes nothing"


def test_each_text_is_kept_once_and_in_order(channel: int) -> None:
    texts = ["First", "Second", "First", "Third"]
    for number, text in enumerate(texts):
        for _ in range(2):
            write(channel, incoming(text=text, edit_date=WHEN + timedelta(hours=number) if number else None))
    assert stored("text", "history") == (
        "Third",
        [{"text": text, "until": (WHEN + timedelta(hours=n)).isoformat()} for n, text in enumerate(texts[:3], 1)],
    )
    assert revisions() == {1: 4}


def test_words_beside_the_text_are_kept_with_it(channel: int) -> None:
    question, other = Words(Origin.QUESTION, "Yes or no?"), Words(Origin.QUESTION, "Tea or coffee?")
    write(channel, incoming(words=(question,)))
    write(channel, incoming(words=(other,), edit_date=LATER))
    [[before]] = [stored("history")[0]]
    assert (before["text"], before["until"]) == ("Read this page", LATER.isoformat())
    assert [one_word["text"] for one_word in before["words"]] == ["Yes or no?"]


def test_words_that_come_for_the_first_time_end_no_text(channel: int) -> None:
    """A newer release reads more of the same message."""
    write(channel, incoming())
    write(channel, incoming(words=(Words(Origin.QUESTION, "Yes or no?"),)))
    assert stored("history") == ([],)


def test_counts_that_run_end_no_text(channel: int) -> None:
    asked = Words(Origin.QUESTION, "Yes or no?")
    write(channel, incoming(words=(asked, Words(Origin.RESULTS, "Yes: 3", running=True))))
    write(channel, incoming(words=(asked, Words(Origin.RESULTS, "Yes: 4", running=True))))
    [kept] = stored("words")
    assert [word["text"] for word in kept] == ["Yes or no?", "Yes: 4"]
    assert (stored("history"), revisions()) == (([],), {1: 1})


def test_a_deletion_is_a_revision_and_so_is_the_return(channel: int) -> None:
    write(channel, incoming(1), incoming(2))
    assert len(write(channel, gone=[1, 9]).changed) == 1
    deleted = one("SELECT deleted_at FROM posts WHERE telegram_message_id = 1")
    assert deleted is not None
    assert write(channel, gone=[1]).changed == {}, "gone is gone"
    assert one("SELECT deleted_at FROM posts WHERE telegram_message_id = 1") == deleted
    assert rows("SELECT deleted_at FROM publications ORDER BY id") == [(deleted,), (None,)]
    assert len(write(channel, incoming(1)).changed) == 1
    assert one("SELECT count(*) FROM posts WHERE deleted_at IS NOT NULL") == 0
    assert one("SELECT count(*) FROM publications WHERE deleted_at IS NOT NULL") == 0
    assert revisions() == {1: 3, 2: 1}


def test_an_album_is_deleted_with_its_last_item(channel: int) -> None:
    write(channel, *(incoming(i, f"Item {i}", grouped_id=5, media=(photo(str(i)),)) for i in (1, 2)))
    write(channel, gone=[1])
    assert rows("SELECT revision, deleted_at, text FROM publications") == [(2, None, "Item 1\n\nItem 2")]
    write(channel, gone=[2])
    assert rows("SELECT revision, deleted_at IS NOT NULL FROM publications") == [(3, True)]


def test_what_cannot_be_read_replaces_nothing_and_is_replaced(channel: int) -> None:
    write(channel, incoming(1), Unparsed(2, WHEN, {"id": 2}, "unknown"))
    found = rows("SELECT telegram_message_id, status, error, text, publication_id IS NULL FROM posts ORDER BY 1")
    assert found == [(1, "ok", None, "Read this page", False), (2, "unparsed", "unknown", "", True)]
    assert write(channel, Unparsed(1, WHEN, {}, "unknown"), incoming(2, "Can be read now")).new == 0
    assert rows("SELECT status, error, text, publication_id IS NULL FROM posts ORDER BY telegram_message_id") == [
        ("ok", None, "Read this page", False),
        ("ok", None, "Can be read now", False),
    ]
    assert revisions() == {1: 1, 2: 1}


def test_media_that_stay_keep_their_rows(channel: int) -> None:
    one_photo, other, third = photo("1"), photo("2"), photo("3")
    write(channel, incoming(media=(one_photo, other)))
    before = dict(rows("SELECT telegram_key, id FROM post_media"))
    write(channel, incoming(media=(other, third)))
    after = rows("SELECT telegram_key, id, position FROM post_media WHERE replaced_at IS NULL ORDER BY position")
    assert [(key, place) for key, _, place in after] == [("photo:2", 0), ("photo:3", 1)]
    assert after[0][1] == before["photo:2"]
    assert rows("SELECT telegram_key FROM post_media WHERE replaced_at IS NOT NULL") == [("photo:1",)]
    write(channel, incoming(media=(third, other)))
    kept = rows("SELECT telegram_key FROM post_media WHERE replaced_at IS NULL ORDER BY position")
    assert kept == [("photo:3",), ("photo:2",)], "the order counts"
    assert one("SELECT count(*) FROM post_media") == 3
    assert revisions() == {1: 3}


def test_the_lowest_item_leads_and_its_captions_stand_in_order(channel: int) -> None:
    write(channel, incoming(5, "Fifth", grouped_id=9), incoming(4, " ", grouped_id=9))
    write(channel, incoming(2, "Second", grouped_id=9), incoming(8, "Alone"))
    found = rows(
        "SELECT b.text, b.posted_at, telegram_message_id FROM publications b JOIN posts p ON p.id = lead_post_id"
        " ORDER BY 2"
    )
    when = [WHEN + timedelta(minutes=n) for n in (2, 8)]
    assert found == [("Second\n\nFifth", when[0], 2), ("Alone", when[1], 8)]


def test_a_service_note_is_a_post_alone(channel: int) -> None:
    write(channel, incoming(1, "", service=True, grouped_id=5), incoming(2, grouped_id=5))
    assert rows("SELECT telegram_message_id, publication_id IS NULL FROM posts ORDER BY 1") == [(1, True), (2, False)]
    assert one("SELECT count(*) FROM publications") == 1
