"""A forgotten post, file or channel is gone from every table and file, and nothing brings it back."""

from __future__ import annotations

from app.db import transaction
from app.operations import channels
from tests.factories.messages import album, message, photo, sha256
from tests.factories.worlds import CITY, GROUP
from tests.integration.pipeline.asking import ask, said
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.forgetting import forget, left
from tests.integration.pipeline.verifying import wrong
from tests.traces_left import in_database

WORD, SEEN = "квартозавр", "zylophone"  # of the post; of its picture
TEXT = f"В музее открыли зал, где стоит {WORD} высотой 12 метров."
QUESTION = "Где стоит квартозавр?"


def read_again(flow: Flow) -> None:
    """A poll with its edit window, the whole history once more, and repairs, also by asking Telegram."""
    with transaction() as session:
        channels.backfill(session, again=True)
    flow.run()
    assert wrong(flow, repair=True, telegram=True) == {}
    flow.run()


def test_a_post_is_gone_from_every_table_and_file(flow: Flow) -> None:
    picture = photo("a hall", SEEN)
    flow.post(message(1, "Мост закрыт на ремонт до осени."), message(2, TEXT, picture), message(3, "Завтра дождь."))
    flow.watch()
    assert said(ask(flow.drive, QUESTION))
    assert len(in_database(WORD)) > 5
    assert in_database(sha256(picture))
    forget(flow, "@news/2", "asked for by the person in it")
    own = [f"questions.{column}: {WORD}" for column in ("retrieval", "text", "words")]
    assert left(WORD, SEEN, sha256(picture)) == own, "only the words of the user"
    read_again(flow)
    change("DELETE FROM questions")
    assert left(WORD, SEEN, sha256(picture)) == []
    assert one("SELECT array_agg(telegram_message_id ORDER BY id) FROM posts") == [1, 3]
    assert wrong(flow) == {}


def test_a_file_goes_from_all_of_its_postings(flow: Flow) -> None:
    shared = photo("a hall", SEEN)
    other = photo("a street", "lamp")
    flow.post(message(1, "Первый зал", shared), message(2, "Второй зал", shared), message(3, "Улица", other))
    flow.watch()
    assert in_database(SEEN, sha256(shared))
    forget(flow, sha256(shared))
    assert left(SEEN, sha256(shared)) == []
    flow.post(message(4, "Снова зал", shared), message(5, "И ещё раз", photo(data=shared.read())))
    flow.run()
    read_again(flow)
    assert left(SEEN, sha256(shared)) == []
    assert rows("SELECT text FROM search_documents ORDER BY publication_id") == [
        ("Первый зал",),
        ("Второй зал",),
        ("Улица",),
        ("Снова зал",),
        ("И ещё раз",),
    ]
    assert one("SELECT count(*) FROM media_files") == 1
    assert wrong(flow) == {}


def test_a_channel_goes_with_all_of_its_posts(flow: Flow) -> None:
    own, shared = photo("a hall", SEEN), photo("a bridge", "river")
    flow.post(message(1, TEXT, own), message(2, "Мост", shared), *album(range(5, 9), GROUP, {6: "Альбом " + WORD}))
    flow.post(message(1, "Мост в городе", shared), channel=CITY)
    flow.watch("@news", "@city")
    forget(flow, "@news")
    assert left(WORD, SEEN, sha256(own), "@news") == []
    assert rows("SELECT reference FROM channels") == [("@city",)]
    assert one("SELECT count(*) FROM media_files") == 1
    flow.run()
    assert wrong(flow) == {}
