"""Events as values: keys, schemas, the guard, and the queues that subscribers configure."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.guard import ANALYZED, TAGGED, decide
from app.domain.kinds import Trigger
from app.errors import UserError
from app.events.schemas import SCHEMAS, PostTaggedV1, idempotency_key, parse
from app.events.topology import EXCHANGE, subscriber_queues
from tests.factories import events

COMMON: dict[str, Any] = {"trace_id": "t", "post_id": 70, "revision": 3}


def tagged(lineage: int, trigger: Trigger = Trigger.INITIAL) -> PostTaggedV1:
    return events.tagged(7, lineage, **COMMON, trigger=trigger, vision_version=None)


def test_a_key_names_event_publication_revision_and_lineage() -> None:
    assert idempotency_key("PostTaggedV1", 7, 3, 12) == "PostTaggedV1:7:3:12"
    assert tagged(12).idempotency_key == "PostTaggedV1:7:3:12"


def test_initial_tagging_and_tagging_again_never_share_a_key() -> None:
    assert tagged(12).idempotency_key != tagged(13, Trigger.VISION_RETAG).idempotency_key
    assert tagged(12).idempotency_key == tagged(12).idempotency_key


def test_a_reading_with_other_features_is_another_event() -> None:
    first = events.analyzed(7, **COMMON)
    second = events.analyzed(7, **COMMON, features_hash="b" * 64)
    assert first.idempotency_key != second.idempotency_key


def test_an_event_survives_the_wire() -> None:
    event = tagged(12, Trigger.VISION_RETAG)
    assert parse(event.routing_key, event.model_dump(mode="json")) == event


def test_fields_of_a_later_writer_are_ignored_and_another_schema_version_is_refused() -> None:
    wire = tagged(12).model_dump(mode="json")
    assert parse(TAGGED, {**wire, "added_later": 1}) == tagged(12).model_copy(
        update={"occurred_at": parse(TAGGED, wire).occurred_at}
    )
    with pytest.raises(ValidationError, match="schema_version"):
        parse(TAGGED, {**wire, "schema_version": 2})


@pytest.mark.parametrize("payload", [None, "text", {}, {"publication_id": "seven"}])
def test_what_is_no_event_is_refused(payload: object) -> None:
    with pytest.raises(ValidationError):
        parse(TAGGED, payload)
    with pytest.raises(ValueError, match=r"routing key 'posts\.burnt'"):
        parse("posts.burnt", {})


def test_the_routing_keys() -> None:
    assert set(SCHEMAS) == {
        "posts.parsed",
        "posts.vision.uploaded",
        "posts.vision.analyzed",
        "posts.tagged",
        "posts.indexed",
    }


def test_the_guard_lets_a_new_reading_through_and_nothing_that_tagging_says() -> None:
    assert decide(ANALYZED) == "retag"
    assert {decide(TAGGED, trigger) for trigger in Trigger} == {"ignore"}
    assert {decide(key) for key in SCHEMAS if key not in (ANALYZED, TAGGED)} == {"ignore"}


def test_an_event_without_a_row_makes_nothing_due() -> None:
    with pytest.raises(ValueError, match="no row"):
        decide(TAGGED, "some_later_trigger")


def test_subscribers_queues_are_read_from_the_setting() -> None:
    queues = subscriber_queues("archive=posts.#, alerts = posts.tagged ,seen=posts.vision.*")
    assert [(q.name, q.routing_key) for q in queues] == [
        ("archive", "posts.#"),
        ("alerts", "posts.tagged"),
        ("seen", "posts.vision.*"),
    ]
    assert {q.exchange.name for q in queues} == {EXCHANGE.name}
    assert subscriber_queues("") == []


@pytest.mark.parametrize("setting", ["archive", "=posts.#", "a=", "a=posts..tagged", "a b=posts.#", "a=posts.tag#"])
def test_a_setting_that_cannot_be_read_names_the_remedy(setting: str) -> None:
    with pytest.raises(UserError, match=r"write name=pattern, for example archive=posts\.#"):
        subscriber_queues(setting)
