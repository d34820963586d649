"""A worker that is killed at any place of forgetting leaves it to the next one, which comes to the same end."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from app import db
from app.domain.flow import Call
from app.domain.kinds import Step
from app.pipeline.posts.erasing import portions
from app.settings import get_settings
from tests.factories.messages import album, message, photo
from tests.factories.worlds import CITY, GROUP
from tests.integration.pipeline.database import change, one
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.forgetting import begun
from tests.integration.pipeline.verifying import wrong
from tests.traces_left import in_database, in_files

WORD, SEEN = "квартозавр", "zylophone"
FREE = (
    "UPDATE work SET state = 'due', lease_token = NULL, lease_until = NULL, next_attempt_at = now(), hint_at = now()"
    " WHERE step = 'forget' AND state IN ('leased', 'due')"
)


def killed_at(flow: Flow, tombstone: int, commit: int) -> bool:
    """Runs the step until it is about to commit for this time, where its process dies; whether it died."""
    seen = 0

    def die(_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == commit:
            raise KeyboardInterrupt

    event.listen(db.engine(), "commit", die)
    try:
        flow.drive.do(Call(Step.FORGET, ((tombstone, 0),)))
    except KeyboardInterrupt:
        return True
    finally:
        event.remove(db.engine(), "commit", die)
    return False


def test_a_channel_goes_however_often_its_workers_die(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "POSTS", 2)
    flow.post(*(message(i, f"{WORD} {i}", photo("a hall", SEEN)) for i in range(1, 4)), *album(range(5, 8), GROUP))
    flow.post(message(1, "Мост в городе"), channel=CITY)
    flow.watch("@news", "@city")
    tombstone, deaths = begun("@news"), 0
    for place in (1, 2, 3, 1, 2, 1, 3, 2):  # before the first commit of a lease, the second one and so on
        deaths += killed_at(flow, tombstone, place)
        change(FREE)
    flow.drive.settle()
    assert deaths >= 5
    assert [*in_database(WORD, SEEN), *in_files(get_settings().home, WORD, SEEN)] == []
    assert one("SELECT array_agg(reference) FROM channels") == ["@city"]
    assert one("SELECT count(*) FROM media_files") == 0
    assert wrong(flow) == {}
