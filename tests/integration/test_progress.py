"""What counts as left to do, and what a crash leaves behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.kinds import State, Step
from app.models import Channel, MediaGroup, OutboxEvent, Work
from app.operations.progress import Progress, progress
from app.pipeline.engine import work
from app.pipeline.engine.reclaim import reclaim
from tests.factories import rows
from tests.factories.rows import due, leased

pytestmark = pytest.mark.usefixtures("settings")

START = datetime.now(UTC)


def look(settled: tuple[int, ...] = ()) -> Progress:
    with transaction() as session:
        return progress(session, START, settled)


def watched(session: Session, polled: timedelta | None, reached: timedelta | None) -> Channel:
    """A channel; times of its last poll and of the last poll that reached the head, after START."""
    return rows.channel(
        session,
        "@town",
        last_polled_at=None if polled is None else START + polled,
        last_success_at=None if reached is None else START + reached,
    )


@pytest.mark.parametrize(
    ("polled", "reached", "open_"),
    [
        (None, None, True),
        (-3, -2, True),  # before the start
        (-1, 1, True),  # this poll began before the start: what came in between it has not seen
        (1, -1, True),  # under way
        (1, 2, False),
        (3, 2, True),  # polled again, under way
    ],
)
def test_a_channel_counts_as_read_when_a_poll_that_began_since_reached_its_head(
    polled: int | None, reached: int | None, open_: bool
) -> None:
    with transaction() as session:
        times = [None if value is None else timedelta(seconds=value) for value in (polled, reached)]
        channel = watched(session, times[0], times[1])
    assert bool(look().unpolled) is open_
    assert look((channel.id,)).idle  # it was read once: another poll under way changes nothing


def test_a_channel_that_cannot_be_read_holds_up_nobody() -> None:
    with transaction() as session:
        channel = watched(session, timedelta(seconds=1), None)
        work.enqueue(session, Step.POLL, [(channel.id, 0)], hint=0)
    assert not look().idle
    with transaction() as session:
        session.execute(update(Work).values(state=State.DEAD, updated_at=func.clock_timestamp()))
    assert look().idle


@pytest.mark.parametrize(("state", "idle"), [(state, state is not State.DUE) for state in State if state != "leased"])
def test_only_work_that_somebody_will_do_keeps_the_flow_from_being_idle(state: State, idle: bool) -> None:
    due(Step.TAG, [(1, 1)])
    with transaction() as session:
        session.execute(update(Work).values(state=state))
    assert look().idle is idle


def test_work_for_later_is_work() -> None:
    due(Step.DOWNLOAD, [(1, 0)], delay=3600)
    assert look().open == {Step.DOWNLOAD: 1}


def test_an_open_album_waits_for_its_items_but_not_for_what_was_given_up() -> None:
    with transaction() as session:
        channel = watched(session, timedelta(seconds=1), timedelta(seconds=2))
        publication = rows.publication(session, channel.id, grouped_id=-5)
        group = MediaGroup(channel_id=channel.id, grouped_id=-5, publication_id=publication.id, album_kind="photo")
        session.add(group)
    assert look().albums == 1
    with transaction() as session:
        work.enqueue(session, Step.COLLECT, [(publication.id, 1)], hint=0)
        session.execute(update(Work).values(state=State.DEAD))
    assert look().idle


def test_an_event_that_was_not_sent_is_left_to_do() -> None:
    with transaction() as session:
        event = {"routing_key": "posts.parsed", "idempotency_key": "k", "publication_id": 1, "payload": {}}
        session.add(OutboxEvent(**event))
    assert look().unrelayed == 1
    assert not look().idle


def test_leases_of_a_fleet_that_was_killed_are_free_at_once() -> None:
    due(Step.TAG, [(1, 1), (2, 1)], hint=600)
    assert len(leased(Step.TAG, [(1, 1)])) == 1
    with transaction() as session:
        assert reclaim(session) == 1
        silent = session.execute(select(Work.subject_id, Work.state).where(Work.hint_at <= func.clock_timestamp()))
        assert set(silent.all()) == {(1, "due"), (2, "due")}
        assert work.claim(session, Step.TAG, [(1, 1)], lease=600)[0].attempts == 2


def test_nothing_watched_and_nothing_due_is_idle() -> None:
    assert look().idle
    assert str(look()) == "idle"
