"""`verify` over the media store: lost and damaged files come again from Telegram, strays are set aside."""

from __future__ import annotations

import os
import time
from pathlib import Path

from app.db import transaction
from app.domain.kinds import State, Step
from app.operations import retry
from app.settings import get_settings
from tests.factories.messages import message, photo, sha256
from tests.factories.worlds import LION, assorted
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.verifying import place, quarantined, told, wrong

OLD = time.time() - 7200


def test_a_lost_file_and_a_damaged_one_come_again(flow: Flow) -> None:
    flow.post(*assorted())
    flow.watch()
    lost, cut, flipped = (one("SELECT sha256 FROM media_files OFFSET :n LIMIT 1", n=n) for n in (1, 2, 3))
    whole = {name: place(name).read_bytes() for name in (lost, cut, flipped)}
    place(lost).unlink()
    place(cut).write_bytes(whole[cut][:100])
    place(flipped).write_bytes(bytes([whole[flipped][0] ^ 1]) + whole[flipped][1:])
    before = rows("SELECT id, post_id, sha256 FROM post_media ORDER BY id")

    found = told(flow)["files"]
    assert (found.ok, found.checked, found.wrong, found.repaired) == (False, 5, 3, 0)
    said = dict(example.removeprefix("file ").split(" of ", 1) for example in found.examples)
    assert said[lost[:12]].endswith(": missing")
    assert said[cut[:12]].endswith(f": 100 bytes instead of {len(whole[cut])}")
    assert said[flipped[:12]].endswith(": other bytes than its name says")
    assert told(flow, fast=True)["files"].wrong == 2, "sizes alone do not show a flipped bit"
    assert quarantined() == []

    mended = told(flow, repair=True)["files"]
    assert (mended.ok, mended.repaired) == (True, 3)
    assert quarantined() == sorted([cut, flipped]), "what was damaged is kept, out of the way"
    assert "files" not in wrong(flow), "they are being fetched"
    flow.drive.settle()
    assert {name: place(name).read_bytes() for name in whole} == whole
    assert rows("SELECT id, post_id, sha256 FROM post_media ORDER BY id") == before, "no post has lost its file's name"
    assert wrong(flow) == {}
    assert one("SELECT count(*) FROM tag_changes WHERE trigger NOT IN ('initial', 'vision_retag')") == 0


def test_a_file_that_telegram_has_no_more_is_named(flow: Flow) -> None:
    flow.post(message(1, "Of cats"), message(2, "A lion", LION), message(3, "A tiger", photo("tiger")))
    flow.watch()
    tiger = one("SELECT sha256 FROM media_files WHERE sha256 <> :lion", lion=sha256(LION))
    place(sha256(LION)).unlink()
    place(tiger).unlink()
    flow.delete(2)
    flow.run()
    flow.delete(3)  # nobody knows of that yet
    flow.server.expire_references()
    found = told(flow, repair=True)["files"]
    assert (found.ok, found.wrong, found.repaired) == (False, 2, 1)
    assert [line for line in found.examples if "all messages that showed it are deleted" in line]
    flow.drive.settle()
    [tried] = [line for line in told(flow)["files"].examples if tiger[:12] in line]
    assert "fetched again in vain" in tried
    assert "deleted" in tried
    with transaction() as session:
        retry.retry_rows(session, retry.given_up(session, State.DEAD, Step.DOWNLOAD))
    flow.drive.settle()
    assert [row[2] for row in work(Step.DOWNLOAD)] == ["done", "dead"], "`dead retry` asked Telegram once more, in vain"


def test_a_reading_that_died_of_a_lost_file_is_made_after_all(flow: Flow) -> None:
    flow.post(message(1, "A lion", LION))
    flow.watch()
    place(sha256(LION)).unlink()
    change("DELETE FROM media_vision")
    change("UPDATE work SET state = 'dead', reason = 'not in the media store' WHERE step = 'analyze'")
    told(flow, repair=True)
    flow.drive.settle()
    assert len(flow.vision.calls) == 2
    assert wrong(flow) == {}


def test_strays_and_abandoned_files_are_set_aside(flow: Flow) -> None:
    flow.post(message(1, "A lion", LION))
    flow.watch()
    media = get_settings().media_audit_home / "media"
    stray, young = _put("a" * 64), _put("ab" * 32)
    os.utime(stray, (OLD, OLD))
    part, fresh = media / "tmp" / "one.part", media / "tmp" / "two.part"
    for path in (part, fresh):
        path.write_bytes(b"half of someth")
    os.utime(part, (OLD, OLD))
    found = wrong(flow)
    assert found == {
        "stray files": ["file aaaaaaaaaaaa: 9 bytes without a row"],
        "temporary files": ["tmp/one.part: nobody has written to it for an hour"],
    }
    mended = told(flow, repair=True)
    assert all(outcome.ok for outcome in mended.values())
    assert quarantined() == ["a" * 64, "one.part"]
    assert (stray.exists(), young.exists(), fresh.exists()) == (False, True, True)
    assert wrong(flow) == {}


def test_a_store_that_is_not_there_has_lost_no_file(flow: Flow) -> None:
    """A disk that is not mounted must not make the whole archive due again."""
    flow.post(message(1, "A lion", LION))
    flow.watch()
    media = get_settings().media_audit_home / "media"
    media.rename(media.with_name("elsewhere"))
    media.mkdir()
    found = told(flow, repair=True)["files"]
    assert not found.ok
    assert found.error is not None
    assert "mounted" in found.error
    assert {row[2] for row in work(Step.DOWNLOAD)} == {"done"}


def _put(name: str) -> Path:
    path = place(name)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"who knows")
    return path
