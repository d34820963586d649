"""`channels remove` and `channels add`: the remedy that is named when Telegram refuses a channel's address."""

from __future__ import annotations

import pytest

from app.db import transaction
from app.demo.telegram import Refusal
from app.demo.world import Rename
from app.operations import channels
from tests.factories.messages import album, texts
from tests.factories.worlds import NEWS
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.test_refusals import allow, patient, pictures, refuse
from tests.integration.pipeline.verifying import wrong

KEPT = "SELECT array_agg(telegram_message_id ORDER BY telegram_message_id) FROM posts"


def test_a_channel_that_is_added_again_is_resolved_anew(flow: Flow) -> None:
    flow.post(*texts([1, 2]))
    flow.watch()
    known = one("SELECT access_hash FROM channels")
    change("UPDATE channels SET access_hash = 5")
    flow.post(*texts([3]))
    flow.drive.poll()
    assert "remove it and add it again" in one("SELECT last_error FROM channels")
    with transaction() as session:
        channels.stop(session, channels.watched(session, "@news"))
    with transaction() as session:
        channels.add(session, ["@news"])
    flow.run()
    assert one("SELECT access_hash FROM channels") == known
    assert one(KEPT) == [1, 2, 3]


@pytest.mark.parametrize("method", ["upload.getFile", "channels.getMessages"])
@pytest.mark.parametrize("name", ["@news", f"-100{NEWS}", "@fresh"])
def test_files_and_albums_that_ended_with_their_channel_come_with_it(flow: Flow, method: str, name: str) -> None:
    """They waited when the channel was removed; the one of these names that is new leads to the known row."""
    flow.watch()
    flow.post(*pictures(3), *album([11, 12], 77))
    refuse(flow, Refusal("CHANNEL_PRIVATE", 400, (method,)))
    flow.run()
    with transaction() as session:
        channels.stop(session, channels.watched(session, "@news"))
    change("UPDATE work SET state = 'due', next_attempt_at = now(), hint_at = now() WHERE state = 'waiting'")
    flow.drive.settle()
    assert one("SELECT count(*) FROM work WHERE state = 'skipped' AND step IN ('collect', 'download')") > 0
    allow(flow)
    if name == "@fresh":
        flow.server.apply(Rename(NEWS, "fresh", "Renamed"))
    with transaction() as session:
        channels.add(session, [name])
    flow.run()
    patient(flow)
    assert one("SELECT count(sha256) FROM post_media") == 5
    assert rows("SELECT items_count, state FROM media_groups") == [(2, "complete")]
    assert rows("SELECT step FROM work WHERE state = 'skipped' AND step IN ('collect', 'download')") == []
    assert wrong(flow) == {}
