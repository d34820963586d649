"""Tagging again, end to end: only when the reading changed, once, and every time with a reason.

An outside vision service is played as one would be plugged in: it registers its recipe, stores its readings, and says
posts.vision.analyzed. Rows decide, the event is a hint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import redis

from app import db
from app.db import transaction
from app.domain.kinds import Classification, Trigger
from app.domain.reading import Reading, Recipe
from app.events import outbox
from app.models import MediaFile, MediaVision, VisionChain
from app.pipeline.vision import recipes
from tests.e2e.flow import Flow, TestChannel
from tests.factories import events
from tests.factories.messages import drawn_photo
from tests.factories.readings import ocr, reading, recipe


@dataclass
class Outside:
    """An outside vision service and what it says."""

    flow: Flow
    recipe: Recipe

    def register(self, position: int | None) -> int:
        """The recipe's id; position: its place in the active chain, None for outside of it."""
        with transaction() as session:
            version = recipes.register(session, self.recipe)
            row = session.get_one(VisionChain, 1)
            members = [member for member in row.members if member != version]
            if position is not None:
                members.insert(position, version)
            row.members = members
            return version

    def read(self, channel: TestChannel, message: int, version: int, reading: Reading) -> None:
        """Stores a reading of the message's file."""
        sha256 = channel.one(
            "SELECT m.sha256 FROM posts o JOIN post_media m ON m.post_id = o.id"
            " WHERE o.channel_id = %s AND o.telegram_message_id = %s",
            message,
        )
        with transaction() as session:
            file = session.query(MediaFile).filter_by(sha256=sha256).one()
            session.query(MediaVision).filter_by(media_file_id=file.id, vision_version_id=version).delete()
            content = reading.model_dump(mode="json")
            session.add(MediaVision(media_file_id=file.id, vision_version_id=version, status="ok", reading=content))

    def say(self, channel: TestChannel, message: int, version: int, *, revision: int | None = None, n: int = 1) -> None:
        """The event, n times, each time as if it were another one."""
        publication = self.publication(channel, message)
        for _ in range(n):
            event = events.analyzed(
                publication["id"],
                post_id=publication["lead_post_id"],
                channel_id=channel.id,
                revision=publication["revision"] if revision is None else revision,
                vision_version=version,
                features_hash=(uuid4().hex * 2),
            )
            with transaction() as session:
                outbox.add(session, event)
        channel.settle()
        self.quiet()

    def publication(self, channel: TestChannel, message: int) -> dict[str, Any]:
        """The publication's row."""
        [row] = channel.rows(
            "SELECT p.* FROM posts o JOIN publications p ON p.id = o.publication_id"
            " WHERE o.channel_id = %s AND o.telegram_message_id = %s",
            message,
        )
        return row

    def quiet(self) -> None:
        """Waits until the consumer has taken every event that the relay sent, and its work is done."""
        with redis.Redis.from_url(self.flow.settings.broker()) as client:
            self.flow.until(
                lambda: (
                    not client.llen("media_audit.retag")
                    and not client.hlen("media_audit.events.unacked")
                    and self.flow.idle()
                ),
                "a quiet consumer",
            )


@pytest.fixture
def outside(flow: Flow) -> Iterator[Outside]:
    """The service, with the chain as it was afterwards."""
    chain = flow.one("SELECT members FROM vision_chain") if flow.rows("SELECT 1 FROM vision_chain") else None
    model = datetime.now(UTC).isoformat()
    yield Outside(flow, recipe(model, provider="outside"))
    if chain is not None:
        with transaction() as session:
            session.get_one(VisionChain, 1).members = chain
    db.engine().dispose()
    db.engine.cache_clear()


READING = reading("lighthouse", "маяк на берегу моря", classification=Classification.DOCUMENT, language="ru")


@pytest.fixture
def tagged(channel: TestChannel) -> TestChannel:
    """A channel with a photo post (1) that the local provider has read, and that was tagged and tagged again."""
    channel.post(1, "Прогулка по городскому парку", drawn_photo())
    channel.watch()
    assert [row["trigger"] for row in channel.lineage(1)] == ["initial", "vision_retag"]
    return channel


def test_a_higher_version_with_other_features_tags_again(tagged: TestChannel, outside: Outside) -> None:
    before = tagged.tags(1)
    version = outside.register(0)
    outside.read(tagged, 1, version, READING)
    outside.say(tagged, 1, version)

    after, last = tagged.tags(1), tagged.lineage(1)[-1]
    assert "маяк" in after["tags"]
    assert (after["tags_version"], after["trigger"]) == (version, "vision_retag")
    assert (last["reason"], last["called_tagger"]) == ("higher_version", True)
    assert (last["from_version"], last["to_version"]) == (before["tags_version"], version)
    assert "маяк" in last["added"]
    assert set(last["added"]) == set(after["tags"]) - set(before["tags"])
    assert set(last["removed"]) == set(before["tags"]) - set(after["tags"])


def test_a_higher_version_with_equal_features_calls_no_tagger(tagged: TestChannel, outside: Outside) -> None:
    before, events = tagged.tags(1), _tagged_events(tagged)
    same = tagged.one(
        "SELECT v.reading FROM posts o JOIN post_media m ON m.post_id = o.id JOIN media_files f USING (sha256)"
        " JOIN media_vision v ON v.media_file_id = f.id WHERE o.channel_id = %s"
    )
    version = outside.register(0)
    outside.read(tagged, 1, version, Reading.model_validate(same))
    outside.say(tagged, 1, version)

    after, last = tagged.tags(1), tagged.lineage(1)[-1]
    assert (after["tags"], after["tags_version"]) == (before["tags"], version)
    assert (last["reason"], last["called_tagger"], last["added"], last["removed"]) == ("same_input", False, [], [])
    assert _tagged_events(tagged) == events


def test_the_same_version_and_hash_do_nothing(tagged: TestChannel, outside: Outside) -> None:
    """Doubled events, and events that say what is known already."""
    before, passages, events = tagged.tags(1), len(tagged.lineage(1)), _events(tagged)
    version = before["tags_version"]
    outside.say(tagged, 1, version, n=3)
    assert tagged.tags(1) == before
    assert len(tagged.lineage(1)) == passages
    assert _events(tagged) == events + 3, "the three that were said, and none that came of them"


def test_changed_features_of_the_same_version_tag_again(tagged: TestChannel, outside: Outside) -> None:
    version = outside.register(0)
    outside.read(tagged, 1, version, READING)
    outside.say(tagged, 1, version)
    outside.read(tagged, 1, version, READING.model_copy(update={"ocr": ocr("старый вокзал и перрон")}))
    outside.say(tagged, 1, version)

    last = tagged.lineage(1)[-1]
    assert (last["reason"], last["from_version"], last["to_version"]) == ("features_changed", version, version)
    assert "вокзал" in tagged.tags(1)["tags"]


def test_a_fallback_registered_later_never_outranks(tagged: TestChannel, outside: Outside) -> None:
    """Its id is higher, its place in the chain lower: the primary's reading stays in use."""
    before, passages = tagged.tags(1), len(tagged.lineage(1))
    for position in (1, None):
        version = outside.register(position)
        assert version > before["tags_version"]
        outside.read(tagged, 1, version, READING)
        outside.say(tagged, 1, version)
        assert tagged.tags(1) == before
        assert len(tagged.lineage(1)) == passages


def test_late_and_foreign_events_change_nothing(tagged: TestChannel, outside: Outside) -> None:
    """An event of an older revision, of one that never was, and of a lower version."""
    message = tagged.there.messages[1]
    tagged.post(1, "Прогулка по городскому парку зимой", message.file, edit_date=message.date)
    tagged.settle()
    id = outside.publication(tagged, 1)["id"]
    before = (tagged.tags(1), tagged.lineage(1), _work(tagged, id))
    assert [row["state"] for row in before[2]] == ["done"] * len(before[2])
    said, version = _events(tagged), outside.register(0)
    for revision in (1, 99):
        outside.say(tagged, 1, version, revision=revision)
    outside.say(tagged, 1, outside.register(None))
    assert (tagged.tags(1), tagged.lineage(1), _work(tagged, id)) == before, "no row of work was touched"
    assert _events(tagged) == said + 3, "the three that were said"


def test_the_anti_loop_with_a_real_event(tagged: TestChannel, outside: Outside) -> None:
    """posts.tagged whose trigger is vision_retag comes back from the exchange: no work, no call, no event."""
    publication = outside.publication(tagged, 1)
    tags = tagged.tags(1)
    before = (tagged.lineage(1), _events(tagged), _work(tagged, publication["id"]))
    event = events.tagged(
        publication["id"],
        987_654,
        post_id=publication["lead_post_id"],
        channel_id=tagged.id,
        revision=publication["revision"],
        trigger=Trigger.VISION_RETAG,
        tags=tags["tags"],
        tags_hash=tags["tags_hash"],
        vision_version=tags["tags_version"],
    )
    with transaction() as session:
        outbox.add(session, event)
    tagged.settle()
    outside.quiet()
    assert (tagged.lineage(1), _events(tagged) - 1, _work(tagged, publication["id"])) == before


def test_a_long_text_still_carries_its_vision_part(channel: TestChannel, outside: Outside) -> None:
    """Text beyond 1,000 characters crowds nothing out."""
    channel.post(1, "Длинный рассказ о ремонте набережной и скверов. " * 60, drawn_photo())
    channel.watch()
    version = outside.register(0)
    outside.read(channel, 1, version, READING)
    outside.say(channel, 1, version)
    assert {"маяк", "lighthouse"} & set(channel.tags(1)["tags"])


def test_initial_and_retag_have_keys_of_their_own(tagged: TestChannel) -> None:
    keys = tagged.rows(
        "SELECT idempotency_key AS key, payload->>'trigger' AS trigger FROM outbox_events e"
        " JOIN publications p ON p.id = e.publication_id WHERE p.channel_id = %s AND routing_key = 'posts.tagged'"
    )
    assert sorted(row["trigger"] for row in keys) == ["initial", "vision_retag"]
    assert len({row["key"] for row in keys}) == 2


def _events(channel: TestChannel) -> int:
    query = "SELECT count(*) FROM outbox_events e JOIN publications p ON p.id = e.publication_id WHERE channel_id = %s"
    return int(channel.one(query))


def _tagged_events(channel: TestChannel) -> int:
    query = "SELECT count(*) FROM outbox_events e JOIN publications p ON p.id = e.publication_id WHERE channel_id = %s"
    return int(channel.one(query + " AND routing_key = 'posts.tagged'"))


def _work(channel: TestChannel, publication: int) -> list[dict[str, Any]]:
    return channel.flow.rows(
        "SELECT step, state, attempts, updated_at FROM work WHERE subject_id = %s"
        " AND step IN ('persist', 'merge', 'tag', 'index') ORDER BY step",
        publication,
    )
