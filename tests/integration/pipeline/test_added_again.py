"""`channels remove` and `channels add`: the remedy that is named when Telegram refuses a channel's address."""

from __future__ import annotations

from app.db import transaction
from app.operations import channels
from tests.factories.messages import texts
from tests.integration.pipeline.database import change, one
from tests.integration.pipeline.flow import Flow

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
        channels.remove(session, "@news")
    with transaction() as session:
        channels.add(session, ["@news"])
    flow.run()
    assert one("SELECT access_hash FROM channels") == known
    assert one(KEPT) == [1, 2, 3]
