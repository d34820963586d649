"""Announced sizes, stale addresses and unreadable parts, from Telegram to the rows of the database."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from typing import Any

import pytest
from sqlalchemy import select, text

from app.db import transaction
from app.demo.telegram import Faults, LoopbackTelegram, Rule, Strange
from app.demo.telegram.aliens import HASH, NAME, PHONE
from app.demo.world import File
from app.domain.kinds import Step
from app.explain import explain
from app.models import Publication
from tests.factories.messages import message, photo, sha256
from tests.factories.worlds import NEWS
from tests.integration.pipeline.database import one, rows, work
from tests.integration.pipeline.flow import Flow

CANARY = (NAME, NAME.encode().hex(), PHONE, str(HASH), "Aloysius")


def whole_database() -> str:
    """Every row of every table as text."""
    with transaction() as session:
        names = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        return "\n".join(
            str(row) for name in names for row in session.scalars(text(f'SELECT to_jsonb(t)::text FROM "{name}" t'))
        )


@pytest.mark.parametrize("claim", [0, 1, 699, 100_000])
def test_a_wrong_size_is_a_remark(flow: Flow, server: LoopbackTelegram, claim: int) -> None:
    file = photo("cat")
    server.faults = Faults(claims={file.id: claim})
    flow.post(message(1, "One", file))
    flow.watch()
    assert one("SELECT sha256 FROM post_media") == sha256(file)
    (state, reason), *_ = rows("SELECT state, reason FROM work WHERE step = :step", step=Step.DOWNLOAD)
    size = len(file.read())
    assert (state, reason) == ("done", f"{claim} bytes were announced, {size} are served")
    with transaction() as session:
        (told,) = explain(session, session.scalars(select(Publication)).one()).messages
    assert (told.size, told.announced) == (size, claim)


def test_an_empty_file_is_no_file(flow: Flow) -> None:
    flow.post(message(1, "One", File(61, "document", b"", "text/plain")))
    flow.watch()
    assert one("SELECT count(*) FROM media_files") == 0
    ((_, _, state, reason),) = work(Step.DOWNLOAD)
    assert (state, "empty" in str(reason)) == ("skipped", True)
    assert one("SELECT persisted_revision = revision FROM publications")


def test_the_limit_holds_for_served_bytes(flow: Flow, server: LoopbackTelegram) -> None:
    file = photo("cat")
    server.faults = Faults(endless=frozenset({file.id}))
    flow.post(message(1, "One", file))
    flow.watch()
    ((_, _, state, reason),) = work(Step.DOWNLOAD)
    assert (state, "MEDIA_MAX_BYTES" in str(reason)) == ("skipped", True)


@pytest.mark.parametrize("name", ["LOCATION_INVALID", "FILE_ID_INVALID", "FILE_REFERENCE_0_EXPIRED"])
def test_a_fresh_address_is_kept(flow: Flow, server: LoopbackTelegram, name: str) -> None:
    """The attempt that learnt it fails: the next one asks at the fresh address at once."""
    file = photo("cat")
    flow.post(message(1, "One", file))
    server.faults = Faults(moved=Rule(first=1), moved_error=name, empty_chunk=Rule(every=1))
    flow.watch()
    assert rows("SELECT state, attempts FROM work WHERE step = 'download'") == [("dead", 3)]
    assert "none of the" in one("SELECT last_error FROM work WHERE step = 'download'")
    assert one("SELECT location ->> 'access_hash' FROM post_media") == str(server._state.shelf.access_hash(file))
    assert server.ledger.count("upload.getFile", name) == 1


def test_nothing_of_an_answer_reaches_a_row_or_a_log(
    flow: Flow, server: LoopbackTelegram, log: list[MutableMapping[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """Posts are kept; those that cannot be read are there with their ids."""
    caplog.set_level("DEBUG")
    flow.post(*(message(i, f"Number {i}", photo(f"picture {i}") if i % 3 == 0 else None) for i in range(1, 10)))
    server.faults = Faults(
        strange=(Strange(NEWS, 4, "unknown"), Strange(NEWS, 6, "unknown_media"), Strange(NEWS, 9, "unknown")),
        alien=frozenset({"user", "chat", "full_inside", "self", "file_type", "container", "update"}),
    )
    flow.watch()
    found = rows("SELECT telegram_message_id, status, error FROM posts ORDER BY 1")
    assert [(i, status) for i, status, _ in found] == [
        (i, "unparsed" if i in (4, 6, 9) else "ok") for i in range(1, 10)
    ]
    assert all("0xdeadbeef" in error for _, status, error in found if status == "unparsed")
    assert one("SELECT count(*) FROM media_files") == 1
    shown = whole_database() + caplog.text + json.dumps(log, default=repr)
    assert [secret for secret in CANARY if secret in shown] == []


@pytest.mark.parametrize("places", [{"full"}, {"dialog_message"}], ids=str)
def test_a_failing_poll_tells_no_bytes(
    flow: Flow, server: LoopbackTelegram, log: list[MutableMapping[str, Any]], places: set[Any]
) -> None:
    server.faults = Faults(alien=frozenset(places))
    flow.drive.watch("-1009999999999")
    flow.run()
    assert one("SELECT last_error FROM channels")
    shown = whole_database() + json.dumps(log, default=repr)
    assert [secret for secret in CANARY if secret in shown] == []
