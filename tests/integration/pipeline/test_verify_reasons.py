"""What `verify` calls wrong and what it only notes: work that says why, other chains, events that were deleted; and
what is paid or embedded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.db import transaction
from app.domain.kinds import Step
from app.errors import Permanent
from app.events.retention import drop_old
from app.pipeline.engine import work
from app.settings import get_settings
from tests.factories.messages import BROKEN, document, message, photo
from tests.factories.worlds import LION, assorted
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.paid import Bought
from tests.integration.pipeline.verifying import told, wrong


class Letters:
    """Embedder port: how often each of 512 letters occurs."""

    name = "usem3"
    dimensions = 512

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Not of unit length, which nobody here measures."""
        return [[float(text.count(chr(96 + n))) for n in range(self.dimensions)] for text in texts]


def test_what_its_work_explains_is_no_fault(flow: Flow) -> None:
    flow.tagger.failures = [Permanent("the tagger is out of order")]
    flow.post(
        message(1, "Nobody tags this"),
        message(2, "Too large", document(b"\0" * 300_000)),
        message(3, "Broken", photo(data=BROKEN)),
        message(4, service=True),
        message(5, "Nothing unusual", photo("street")),
    )
    flow.watch()
    found = told(flow)
    assert [name for name, outcome in found.items() if not outcome.ok] == []
    assert found["media"].notes == ["1 without a file, their download is skipped"]
    assert found["tags"].notes == ["1 tags of today: dead (`media-audit explain` says why)"]
    assert found["stuck work"].notes == ["1 dead: `media-audit status` and `dead list` say why"]


def test_another_chain_is_no_fault(flow: Flow) -> None:
    """A new model changes nothing by itself: whoever repaired that would pay for tags that nobody asked for."""
    flow.post(*assorted())
    flow.watch()
    change("INSERT INTO vision_versions (provider, model, prompt_hash, schema_version) VALUES ('test', 'b', '1', 1)")
    change(
        "INSERT INTO media_vision (media_file_id, vision_version_id, status, reading)"
        " SELECT media_file_id, (SELECT max(id) FROM vision_versions), status,"
        " jsonb_set(reading, '{description}', '\"as another model puts it\"') FROM media_vision"
    )
    change("UPDATE vision_chain SET members = (SELECT to_jsonb(array_agg(id ORDER BY id DESC)) FROM vision_versions)")
    found = told(flow, repair=True)
    assert [name for name, outcome in found.items() if outcome.wrong] == []
    assert found["vision"].notes == ["3 were merged under another vision chain; `media-audit reanalyze` changes that"]
    second = one("SELECT max(id) FROM vision_versions")
    change("UPDATE tag_changes SET to_version = :v WHERE to_version IS NOT NULL", v=second)
    change(
        "UPDATE post_enrichment SET metadata = metadata || jsonb_build_object('tags_version', CAST(:v AS bigint))"
        " WHERE kind = 'tags' AND metadata->>'tags_version' IS NOT NULL",
        v=second,
    )
    change("UPDATE vision_chain SET members = jsonb_build_array(1, CAST(:v AS bigint))", v=second)
    assert wrong(flow) == {}, "a rank that the chain alone has moved opens the gate for nobody"
    change("DELETE FROM media_vision WHERE vision_version_id = 1")
    assert "vision" in wrong(flow), "what it was merged from is gone: that is not another chain"


def test_pictures_that_came_while_vision_was_off_are_no_fault(flow: Flow) -> None:
    vision, flow.drive.vision = flow.drive.vision, None
    flow.post(message(1, "A lion", LION))
    flow.watch()
    flow.drive.vision = vision
    assert wrong(flow) == {}
    flow.post(message(2, "The lion again", replace(LION)), message(3, "A tiger", photo("tiger")))
    flow.run()
    assert wrong(flow, repair=True).keys() <= {"steps"}, "what another post had read is merged for nothing"
    flow.drive.settle()
    assert wrong(flow) == {}


def test_events_that_may_have_been_deleted_are_not_missed(flow: Flow) -> None:
    """Sent events are deleted after a while; those of later steps must all be there."""
    flow.post(message(1, "Long ago"), message(2, "Of late"))
    flow.watch()
    first = one("SELECT publication_id FROM posts WHERE telegram_message_id = 1")
    old = f"publication_id = {first}"
    for table, column in (("outbox_events", "created_at"), ("tag_changes", "at")):
        change(f"UPDATE {table} SET {column} = {column} - interval '90 days' WHERE {old}")
    change(f"UPDATE work SET updated_at = updated_at - interval '90 days' WHERE subject_id = {first}")
    change("UPDATE outbox_events SET published_at = created_at")
    assert wrong(flow) == {}
    change(f"DELETE FROM outbox_events WHERE {old}")
    assert wrong(flow) == {}, "all of them are older than the oldest that is kept"
    change("DELETE FROM outbox_events WHERE routing_key = 'posts.indexed'")
    assert wrong(flow) == {"events": ["@news/2: no event in the outbox: posts.indexed"]}
    change("DELETE FROM outbox_events")
    assert wrong(flow) == {}, "nobody can say what was kept"


def test_what_was_told_and_dropped_is_no_fault_when_its_step_is_done_again(flow: Flow) -> None:
    """As `verify --repair` does it for a file that was lost: the outbox tells nothing twice, and nothing is missing."""
    flow.post(message(1, "A lion", photo("lion")))
    flow.watch()
    change("UPDATE outbox_events SET published_at = now() - interval '91 d', created_at = now() - interval '92 d'")
    change("UPDATE work SET updated_at = now() - interval '92 d'")
    change("UPDATE tag_changes SET at = now() - interval '92 d'")
    drop_old(90)
    change("UPDATE outbox_dropped SET decided_at = decided_at - interval '61 min'")
    drop_old(90)
    assert one("SELECT count(*) FROM outbox_events") == 0
    flow.post(message(2, "News of today"))  # the outbox tells from here on
    flow.run()
    change("UPDATE outbox_events SET published_at = now()")
    [key] = [(id_, revision) for id_, revision in rows("SELECT id, revision FROM publications ORDER BY id LIMIT 1")]
    with transaction() as session:
        work.requeue(session, Step.PERSIST, [key], hint=0.0)
    flow.drive.settle()
    assert wrong(flow) == {}
    change("DELETE FROM outbox_dropped")
    assert list(wrong(flow)) == ["events"], "what was never told is missed"


def test_each_document_has_its_vector_and_no_other(flow: Flow) -> None:
    flow.drive.embedder = Letters()
    flow.post(*assorted())
    flow.watch()
    assert wrong(flow) == {}
    first, second = (one("SELECT publication_id FROM posts WHERE telegram_message_id = :i", i=i) for i in (1, 2))
    change("DELETE FROM search_embeddings WHERE publication_id = :p", p=first)
    change("UPDATE search_embeddings SET content_hash = repeat('0', 64) WHERE publication_id = :p", p=second)
    said = wrong(flow)
    assert said.pop("embeddings") == [
        "@news/1: its document has no vector",
        "@news/2: its vector is of other content",
    ]
    assert said == {}
    told(flow, repair=True)
    flow.drive.settle()
    assert wrong(flow) == {}
    flow.post(message(1, ""))  # all words are taken back
    flow.run()
    assert wrong(flow) == {}
    assert one("SELECT count(*) FROM search_embeddings WHERE publication_id = :p", p=first) == 0, (
        "it was found by old words"
    )


LEDGER = {  # what is broken in one row of the ledger each -> what is said of it
    "ended_at = NULL, outcome = NULL, settled = NULL, created_at = now() - interval '2 hours'": "it has no end",
    "settled = NULL": "it ended, and nothing was settled",
    "outcome = NULL": "it has an end without an outcome",
    "outcome = 'free'": "it was free, and tokens are settled",
    "work_id = 1000000": "its work is not there",
}


def test_the_ledger_fits_the_work_and_the_answers(bill: Bought) -> None:
    bill.photos(len(LEDGER))
    assert wrong(bill.flow) == {}
    assert "tokens settled, 0 open or unknown" in told(bill.flow)["token ledger"].notes[0]
    chats = bill.chats
    for (call,), breaks in zip(rows("SELECT id FROM token_ledger ORDER BY id"), LEDGER, strict=True):
        change(f"UPDATE token_ledger SET {breaks} WHERE id = {call}")
    spent = bill.spent()
    found = told(bill.flow)["token ledger"]
    assert (found.checked, found.wrong) == (len(LEDGER), len(LEDGER))
    assert [said.partition(": ")[2].split(" (")[0].split(", and its")[0] for said in found.examples] == [
        *LEDGER.values()
    ]
    mended = told(bill.flow, repair=True)["token ledger"]
    assert (mended.ok, mended.repaired) == (False, 1), "the rest is known to the provider alone"
    assert rows("SELECT outcome FROM token_ledger ORDER BY id LIMIT 1") == [("unknown",)]
    assert (bill.spent(), bill.chats) == (spent, chats), "what nobody heard the end of counts as reserved"


def test_a_lost_reading_is_not_paid_twice(bill: Bought) -> None:
    bill.photos(1)
    chats = bill.chats
    change("DELETE FROM media_vision")
    assert "readings" in wrong(bill.flow, repair=True)
    bill.flow.drive.settle()
    assert bill.chats == chats, "its answer was kept"
    assert wrong(bill.flow) == {}
    change("DELETE FROM raw_answers")
    assert "the answer that it paid for is not kept" in wrong(bill.flow)["token ledger"][0]


def test_a_call_whose_lease_is_not_over_is_left_alone(bill: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture may take longer than LEASE_SECONDS: whoever ended its call would charge it twice, as unknown."""
    monkeypatch.setenv("VISION_TIMEOUT", "50")
    monkeypatch.setenv("LEASE_SECONDS", "150")  # a third of it is enough for VISION_TIMEOUT, as PaidClient wants
    get_settings.cache_clear()
    assert get_settings().longest_lease() == 190 > get_settings().lease_seconds
    bill.photos(1)
    change("UPDATE token_ledger SET ended_at = NULL, outcome = NULL, settled = NULL")
    for age, ends in ((160, "None"), (200, "unknown")):
        change("UPDATE token_ledger SET created_at = now() - make_interval(secs => :age)", age=age)
        told(bill.flow, repair=True)
        assert str(one("SELECT outcome FROM token_ledger")) == ends, age
