"""Files whose messages tell wrong sizes, move, or are not shown for a while: nothing is lost, and nothing is false."""

from __future__ import annotations

from typing import Any

import pytest
from telethon.tl import types

from app.adapters.telegram.parts import SILENT
from app.demo.telegram import Faults, Hidden, LoopbackTelegram, Restricted, Rule
from app.demo.world import Delete, File
from tests.factories.message_kinds import photo as tl_photo
from tests.factories.messages import document, message, photo, sha256
from tests.factories.worlds import NEWS
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.test_carried import post
from tests.integration.pipeline.test_download import ingest_only
from tests.integration.pipeline.test_previews import page

CAPTION = types.PageCaption(types.TextEmpty(), types.TextEmpty())
DOWNLOADS = "SELECT state, reason, last_error, attempts FROM work WHERE step = 'download'"


def noise(size: int) -> bytes:
    """Bytes without a pattern that a part boundary could hide."""
    return b"".join(n.to_bytes(4, "little") for n in range(1, size // 4 + 2))[:size]


@pytest.mark.parametrize("claim", [2**40, 2**62, 200_001, -1, -(2**31)])
def test_absurd_sizes_are_remarks(flow: Flow, server: LoopbackTelegram, claim: int) -> None:
    """Above MEDIA_MAX_BYTES=200000 the announcement is asked about once, and proves nothing by itself."""
    file = document(noise(70_000))
    server.faults = Faults(claims={file.id: claim})
    flow.post(message(1, "One", file))
    flow.watch()
    assert one("SELECT sha256 FROM post_media") == sha256(file)
    [(state, reason, _, attempts)] = rows(DOWNLOADS)
    assert (state, reason, attempts) == ("done", f"{claim} bytes were announced, 70000 are served", 1)


def test_a_size_above_the_limit_that_is_right_is_left_in_telegram(flow: Flow, server: LoopbackTelegram) -> None:
    file = document(noise(200_100))
    flow.post(message(1, "One", file))
    flow.watch()
    [(state, reason, _, _)] = rows(DOWNLOADS)
    assert (state, reason) == ("skipped", "200100 bytes are above the limit of MEDIA_MAX_BYTES=200000")
    assert server.ledger.bytes_of("upload.getFile") < 3_000


def test_a_size_that_no_row_knows(flow: Flow) -> None:
    """As an old row of a file whose size was not stored."""
    file = document(noise(9_000))
    flow.post(message(1, "One", file))
    flow.drive.watch("@news")
    ingest_only(flow)
    change("UPDATE post_media SET size = NULL")
    flow.drive.settle()
    assert one("SELECT sha256 FROM post_media") == sha256(file)
    [(state, reason, _, _)] = rows(DOWNLOADS)
    assert (state, reason) == ("done", None)


@pytest.mark.parametrize("claim", [4_096, 36_864, 65_536, 0, 71_680])
def test_a_wrong_size_where_an_answer_is_cut(flow: Flow, server: LoopbackTelegram, claim: int) -> None:
    """The first answer ends in the middle, exactly where the message says that the file does."""
    file = document(noise(73_728))
    server.faults = Faults(claims={file.id: claim}, short_chunk=Rule(every=2), seed=1)
    flow.post(message(1, "One", file))
    flow.watch()
    assert one("SELECT sha256 FROM post_media") == sha256(file)
    assert one("SELECT size FROM media_files") == 73_728


@pytest.mark.parametrize("name", ["LOCATION_INVALID", "FILE_ID_INVALID", "FILE_REFERENCE_EXPIRED"])
@pytest.mark.parametrize("moves", [2, 5])
def test_a_file_that_moves_again_while_it_is_read_again(
    flow: Flow, server: LoopbackTelegram, name: str, moves: int
) -> None:
    file = photo("cat")
    flow.post(message(1, "One", file))
    server.faults = Faults(moved=Rule(first=moves), moved_error=name)
    flow.watch()
    assert one("SELECT sha256 FROM post_media") == sha256(file)
    [(state, _, _, attempts)] = rows(DOWNLOADS)
    assert (state, attempts) == ("done", 1)


def test_a_file_that_moves_at_a_middle_part(flow: Flow, server: LoopbackTelegram, monkeypatch: Any) -> None:
    file = document(noise(190_000))
    flow.post(message(1, "One", file))
    server.faults = Faults(moved=Rule(every=2), short_chunk=Rule(every=1))
    flow.watch()
    assert one("SELECT sha256 FROM post_media") == sha256(file)


@pytest.mark.parametrize(
    "faults",
    [
        Faults(restricted=(Restricted(NEWS, "all"),)),
        Faults(restricted=(Restricted(NEWS, "android"),)),
        Faults(hidden=(Hidden(NEWS, 1),)),
    ],
    ids=["restricted", "for an app", "hidden"],
)
def test_a_message_that_is_not_shown_now_is_no_deleted_one(
    flow: Flow, server: LoopbackTelegram, faults: Faults
) -> None:
    """The reference ran out, and the message that has a new one is a hole for a while."""
    file = photo("cat")
    flow.post(message(1, "One", file), message(2, "Two"))
    flow.drive.watch("@news")
    ingest_only(flow)
    server.expire_references()
    server.faults = faults
    flow.drive.settle()
    [(state, reason, _, attempts)] = rows(DOWNLOADS)
    assert (state, "not shown to this account" in reason, attempts) == ("waiting", True, 0), reason
    server.faults = Faults()
    change("UPDATE work SET next_attempt_at = now(), hint_at = now() WHERE step = 'download'")
    flow.drive.settle()
    assert one("SELECT sha256 FROM post_media") == sha256(file)


def test_a_message_that_was_deleted_meanwhile_ends_its_file(flow: Flow, server: LoopbackTelegram) -> None:
    flow.post(message(1, "One", photo("cat")), message(2, "Two"))
    flow.drive.watch("@news")
    ingest_only(flow)
    server.expire_references()
    server.apply(Delete(NEWS, 1))
    flow.drive.settle()
    [(state, _, error, _)] = rows(DOWNLOADS)
    assert (state, "the message was deleted" in error) == ("dead", True)


def test_a_photo_that_an_edit_replaced_is_no_silent_one(flow: Flow, server: LoopbackTelegram) -> None:
    """Although the message says nothing about another role now."""
    first, second, linked = photo("first"), photo("second"), photo("linked")
    rich = types.RichMessage([types.PageBlockPhoto(first.id, CAPTION)], [tl_photo(first)], [])
    flow.post(post(1, "", page(linked), (first, linked), rich_message=rich))
    flow.drive.watch("@news")
    ingest_only(flow)
    server.expire_references()
    other = types.RichMessage([types.PageBlockPhoto(second.id, CAPTION)], [tl_photo(second)], [])
    pending = types.MessageMediaWebPage(types.WebPagePending(1, None, "https://example.org/a"))
    flow.post(post(1, "", pending, (second,), rich_message=other))
    flow.drive.settle()
    assert sorted((state, reason) for state, reason, _, _ in rows(DOWNLOADS)) == [
        ("skipped", "replaced by an edit before it was downloaded"),
        ("waiting", SILENT),
    ]


def test_a_preview_that_is_pending_for_a_moment_is_not_replaced(flow: Flow, server: LoopbackTelegram) -> None:
    linked: File = photo("linked")
    flow.post(post(1, "https://example.org/a", page(linked), (linked,)))
    flow.drive.watch("@news")
    ingest_only(flow)
    server.expire_references()
    pending = types.MessageMediaWebPage(types.WebPagePending(1, None, "https://example.org/a"))
    flow.post(post(1, "https://example.org/a", pending, (linked,)))
    flow.drive.settle()
    assert [(state, reason, attempts) for state, reason, _, attempts in rows(DOWNLOADS)] == [("waiting", SILENT, 0)]
    flow.post(post(1, "https://example.org/a", page(linked), (linked,)))
    change("UPDATE work SET next_attempt_at = now(), hint_at = now() WHERE step = 'download'")
    flow.drive.settle()
    assert one("SELECT sha256 FROM post_media") == sha256(linked)
