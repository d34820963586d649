"""Polls, history and collections as rows: the cursors they leave, the work they make due, the posts they write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from app.db import transaction
from app.domain.flow import Call, Key, Next
from app.domain.kinds import Step
from app.domain.messages import ChannelRef, Incoming, Unparsed
from app.errors import MediaAuditError, Permanent, Skip, Transient, Withheld
from app.pipeline.engine import work
from app.pipeline.engine.external_runner import run_external
from app.pipeline.steps.backfill import Backfill
from app.pipeline.steps.collect import Collect
from app.pipeline.steps.poll import Poll, enqueue_polls
from app.settings import Settings, get_settings
from tests.drive import ACCOUNT
from tests.factories import rows as make
from tests.factories.sources import REF, ListedSource
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import elsewhere

KEPT = "SELECT coalesce(array_agg(telegram_message_id ORDER BY 1), '{}') FROM posts WHERE channel_id = :channel"
Channel = Callable[..., int]


@pytest.fixture
def channel(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Channel:
    """Makes a channel that this account has resolved. fields: of its row."""
    monkeypatch.setenv("EDIT_WINDOW", "3")
    monkeypatch.setenv("ALBUM_WAIT", "0")
    get_settings.cache_clear()

    def made(**fields: Any) -> int:
        address = {"telegram_id": REF.telegram_id, "access_hash": REF.access_hash, "account": ACCOUNT}
        with transaction() as session:
            return make.channel(session, **{**address, **fields}).id

    return made


def poll(source: ListedSource) -> list[Next]:
    """One poll of each channel that has none under way."""
    with transaction() as session:
        keys = [key for call in enqueue_polls(session) if isinstance(call, Call) for key in call.keys]
    return run_external(Poll(source, ACCOUNT), keys)


def history(source: ListedSource, channel: int, *, begin: bool = False) -> list[Next]:
    """One page of history; begin: it is made due before."""
    if begin:
        with transaction() as session:
            work.requeue(session, Step.BACKFILL, [(channel, 0)], hint=0.0)
    return run_external(Backfill(source, ACCOUNT), [(channel, 0)])


def kept(channel: int) -> list[int]:
    found: list[int] = one(KEPT, channel=channel)
    return found


def row(channel: int, *columns: str) -> tuple[Any, ...]:
    """Columns of the channel."""
    [found] = rows(f"SELECT {', '.join(columns)} FROM channels WHERE id = :id", id=channel)
    return found


def state(step: Step) -> list[tuple[str, str | None]]:
    return rows("SELECT state, reason FROM work WHERE step = :step ORDER BY id", step=step.value)


def called(nexts: list[Next], step: Step) -> list[Key]:
    """The keys of the calls of one step."""
    return [key for call in nexts if isinstance(call, Call) and call.step is step for key in call.keys]


# Polls


@pytest.mark.parametrize("backfill", [True, False])
def test_a_first_poll_begins_at_the_newest_message(
    backfill: bool, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKFILL", str(backfill))
    get_settings.cache_clear()
    number = channel()
    nexts = poll(ListedSource(range(1, 9)))
    assert row(number, "cursor", "backfill_cursor") == (8, 9)
    assert kept(number) == []
    assert nexts == ([Call(Step.BACKFILL, ((number, 0),), bulk=True)] if backfill else [])
    assert state(Step.BACKFILL) == ([("due", None)] if backfill else [])
    assert state(Step.POLL) == [("done", None)]
    assert row(number, "last_success_at IS NOT NULL", "last_polled_at IS NOT NULL") == (True, True)


def test_an_empty_channel_has_no_history(channel: Channel) -> None:
    number = channel()
    assert poll(ListedSource([])) == []
    assert row(number, "cursor", "backfill_cursor") == (0, 0)
    assert state(Step.BACKFILL) == []
    poll(ListedSource([1, 2]))
    assert (kept(number), row(number, "cursor", "backfill_cursor")) == ([1, 2], (2, 0))


def test_a_channel_that_was_empty_and_fills_fast_is_read_by_history(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also without BACKFILL: these messages are news."""
    monkeypatch.setenv("BACKFILL", "false")
    get_settings.cache_clear()
    number = channel(cursor=0, backfill_cursor=0)
    nexts = poll(ListedSource(range(1, 10)))
    assert (kept(number), row(number, "cursor", "backfill_cursor")) == ([], (9, 10))
    assert called(nexts, Step.BACKFILL) == [(number, 0)]


def test_a_poll_with_more_to_read_goes_on_at_once(channel: Channel) -> None:
    number = channel(cursor=1, backfill_cursor=0)
    source = ListedSource(range(1, 151))
    nexts = poll(source)
    assert (kept(number), row(number, "cursor")) == (list(range(2, 102)), (101,))
    assert called(nexts, Step.POLL) == [(number, 0)]
    assert state(Step.POLL) == [("due", "more to read")]
    assert row(number, "last_success_at") == (None,), "it has not caught up"
    run_external(Poll(source, ACCOUNT), [(number, 0)])
    run_external(Poll(source, ACCOUNT), [(number, 0)])
    assert (kept(number), row(number, "cursor")) == (list(range(2, 151)), (150,))
    assert state(Step.POLL) == [("done", None)]
    assert row(number, "last_success_at IS NOT NULL") == (True,)


def test_a_poll_reads_nothing_that_history_will_bring(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the cursor of history only posts that are known, above it also those that have become visible. Posts of
    another channel are not known, whatever their numbers."""
    monkeypatch.setenv("EDIT_WINDOW", "5")
    get_settings.cache_clear()
    number = channel(cursor=10, backfill_cursor=9)
    other = channel(reference="@other", telegram_id=701, cursor=10, backfill_cursor=0, enabled=False)
    with transaction() as session:
        make.post(session, make.publication(session, number), 8, text="Before")
        make.post(session, make.publication(session, other), 7)
    poll(ListedSource([7, 8, 9, 10, 11]))
    assert kept(number) == [8, 9, 10, 11]
    assert one("SELECT text FROM posts WHERE telegram_message_id = 8") == "Text number 8"


def test_the_window_of_one_channel_knows_no_post_of_another(channel: Channel) -> None:
    first = channel(cursor=3, backfill_cursor=0, login=ACCOUNT, seen_from=1, hidden_until=0)
    second = channel(reference="@other", telegram_id=701, cursor=9, backfill_cursor=0)
    with transaction() as session:
        for owner, ids in ((first, (1, 2, 3)), (second, (7, 8, 9))):
            for number in ids:
                make.post(session, make.publication(session, owner), number)
    source = ListedSource([1, 3])
    with transaction() as session:
        work.requeue(session, Step.POLL, [(first, 0)], hint=0.0)
    run_external(Poll(source, ACCOUNT), [(first, 0)])
    assert source.asked == [2]
    gone = rows("SELECT channel_id, telegram_message_id FROM posts WHERE deleted_at IS NOT NULL")
    assert gone == [(first, 2)]
    change(
        "UPDATE posts SET telegram_message_id = 4 WHERE telegram_message_id = 3 AND channel_id = :first", first=first
    )
    source = ListedSource([1, 4])
    with transaction() as session:
        work.requeue(session, Step.POLL, [(first, 0)], hint=0.0)
    run_external(Poll(source, ACCOUNT), [(first, 0)])
    assert source.asked == [], "what is gone is not asked for again"


def test_polls_are_made_for_channels_without_one(channel: Channel) -> None:
    numbers = [channel(), channel(reference="@b", telegram_id=701), channel(reference="@c", telegram_id=702)]
    change("UPDATE channels SET enabled = false WHERE id = :id", id=numbers[2])

    def made() -> list[int]:
        with transaction() as session:
            return sorted(key[0] for call in enqueue_polls(session) if isinstance(call, Call) for key in call.keys)

    assert made() == numbers[:2]
    assert made() == [], "they are due"
    make.leased(Step.POLL, [(numbers[0], 0)])
    change("UPDATE work SET state = 'done' WHERE subject_id = :id", id=numbers[1])
    assert made() == numbers[1:2]


# History


def test_history_comes_down_four_pages_a_run_to_its_beginning(channel: Channel) -> None:
    number = channel(cursor=850, backfill_cursor=851)
    source = ListedSource(range(1, 851))
    nexts = history(source, number, begin=True)
    assert nexts[0] == Call(Step.BACKFILL, ((number, 0),), bulk=True), "the next pages first"
    assert (kept(number), row(number, "backfill_cursor")) == (list(range(451, 851)), (451,))
    assert state(Step.BACKFILL) == [("due", "more to read")]
    assert called(history(source, number), Step.BACKFILL) == [(number, 0)]
    assert row(number, "backfill_cursor") == (51,)
    assert called(history(source, number), Step.BACKFILL) == []
    assert (kept(number), row(number, "cursor", "backfill_cursor")) == (list(range(1, 851)), (850, 0))
    assert state(Step.BACKFILL) == [("done", None)]
    requests = len(source.pages)
    history(source, number, begin=True)
    assert len(source.pages) == requests
    assert state(Step.BACKFILL) == [("skipped", "the whole history has been read")]


def test_history_without_its_first_ids_ends_with_an_empty_page(channel: Channel) -> None:
    number = channel(cursor=10, backfill_cursor=11)
    source = ListedSource(range(5, 11), hidden_until=0)
    history(source, number, begin=True)
    assert row(number, "backfill_cursor") == (5,)
    history(source, number)
    assert (row(number, "backfill_cursor"), state(Step.BACKFILL)) == ((0,), [("done", None)])


def test_history_that_is_hidden_waits_and_goes_on(channel: Channel) -> None:
    number = channel(cursor=10, backfill_cursor=5)
    source = ListedSource(range(5, 11), hidden_until=2)
    history(source, number, begin=True)
    assert row(number, "backfill_cursor", "hidden_until") == (3, 2)
    [(waits, reason)] = state(Step.BACKFILL)
    assert (waits, "hidden from this account" in (reason or "")) == ("waiting", True)
    assert one("SELECT next_attempt_at BETWEEN now() + '59 min' AND now() + '61 min' FROM work WHERE step = 'backfill'")
    change("UPDATE work SET state = 'due', next_attempt_at = now()")
    history(ListedSource(range(1, 11)), number)
    assert (kept(number), row(number, "backfill_cursor")) == ([1, 2], (0,))


def test_albums_of_history_are_asked_about_where_a_run_may_have_cut_them(channel: Channel) -> None:
    number = channel(cursor=550, backfill_cursor=551)
    groups = {1: 10, 2: 10, 145: 80, 146: 80, 150: 90, 151: 90, 159: 20, 160: 50, 175: 30, 176: 30}
    groups |= {241: 61, 242: 71, 449: 41, 450: 41, 451: 41, 541: 60, 542: 70, 549: 40, 550: 40}
    source = ListedSource(range(1, 551), groups=groups)
    for step in range(2):
        history(source, number, begin=not step)
    asked = rows(
        "SELECT grouped_id FROM work JOIN publications b ON b.id = subject_id WHERE step = 'collect' ORDER BY 1"
    )
    assert asked == [(20,), (40,), (70,), (90,)], "within nine ids of the border at 151, or of the head"


# Collections


def collect(source: ListedSource) -> list[Next]:
    """Asks for the siblings of each album that is due for it."""
    keys = [(s, r) for s, r in rows("SELECT subject_id, revision FROM work WHERE step = 'collect' AND state = 'due'")]
    return run_external(Collect(source, ACCOUNT, bulk=False), keys)


GROUPS = dict.fromkeys(range(25, 33), 9)


@pytest.fixture
def cut(channel: Channel) -> int:
    """A channel whose album of the ids 25 to 32 was seen from 30 on."""
    number = channel(cursor=29, backfill_cursor=30)
    poll(ListedSource(range(30, 33), groups=GROUPS))
    assert kept(number) == [30, 31, 32]
    return number


def persisted(nexts: list[Next]) -> list[int]:
    """The revisions of the album that are persisted next."""
    album = one("SELECT id FROM publications WHERE grouped_id = 9")
    return [revision for subject, revision in called(nexts, Step.PERSIST) if subject == album]


def test_siblings_join_and_are_asked_about_in_their_turn(cut: int) -> None:
    source = ListedSource(range(24, 34), groups=GROUPS)
    nexts = collect(source)
    assert kept(cut) == list(range(25, 33))
    assert rows("SELECT revision, grouped_id FROM publications") == [(2, 9)]
    assert state(Step.COLLECT) == [("skipped", "superseded"), ("due", None)]
    assert (len(called(nexts, Step.COLLECT)), persisted(nexts)) == (1, []), "its new first item may have others"
    source.asked.clear()
    nexts = collect(source)
    assert source.asked == [*range(16, 25), *range(33, 42)]
    assert state(Step.COLLECT)[1:] == [("done", None)]
    assert (persisted(nexts), one("SELECT collects FROM media_groups")) == ([2], 1)


def test_siblings_in_the_range_that_was_read_need_no_second_question(cut: int) -> None:
    """The first item of the channel has none before it."""
    change("UPDATE posts SET telegram_message_id = telegram_message_id - 25")
    nexts = collect(ListedSource(range(3, 9), groups=dict.fromkeys(range(4, 8), 9)))
    assert kept(cut) == [4, 5, 6, 7]
    assert state(Step.COLLECT) == [("skipped", "superseded")]
    assert persisted(nexts) == [2]


def test_an_album_without_further_items_goes_on(cut: int) -> None:
    nexts = collect(ListedSource(range(30, 33), groups=GROUPS))
    assert state(Step.COLLECT) == [("done", None)]
    assert persisted(nexts) == [1]
    assert rows("SELECT collects, state FROM media_groups") == [(1, "open")], "persist closes it"


def test_a_young_album_is_asked_about_again_after_a_part_of_its_wait(cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUM_WAIT", "600")
    monkeypatch.setenv("ALBUM_POLLS", "3")
    get_settings.cache_clear()
    change("UPDATE posts SET posted_at = now()")
    assert persisted(collect(ListedSource(range(30, 33), groups=GROUPS))) == []
    assert state(Step.COLLECT) == [("due", "may still grow")]
    assert one("SELECT next_attempt_at BETWEEN now() + '195 s' AND now() + '201 s' FROM work WHERE step = 'collect'")
    for _ in range(2):
        change("UPDATE work SET next_attempt_at = now() WHERE step = 'collect'")
        nexts = collect(ListedSource(range(30, 33), groups=GROUPS))
    assert (persisted(nexts), state(Step.COLLECT)) == ([1], [("done", None)]), "three times in vain"


def test_an_album_that_changed_before_is_left_to_its_new_work(cut: int) -> None:
    source = ListedSource(range(24, 34), groups=GROUPS)
    change("UPDATE publications SET revision = 2")
    assert collect(source) == []
    assert source.asked == []
    assert state(Step.COLLECT) == [("skipped", "superseded")]


class Meanwhile(ListedSource):
    """Something happens to the album while its siblings are asked for."""

    error: MediaAuditError | None = None

    def messages(self, channel: ChannelRef, ids: Sequence[int]) -> list[Incoming | Unparsed | None]:
        """See the port."""
        if self.error is not None:
            raise self.error
        elsewhere(lambda: change("UPDATE publications SET revision = 2"))
        return super().messages(channel, ids)


def test_an_album_that_changes_meanwhile_is_left_to_its_new_work(cut: int) -> None:
    assert collect(Meanwhile(range(24, 34), groups=GROUPS)) == []
    assert kept(cut) == [30, 31, 32]
    assert state(Step.COLLECT) == [("skipped", "superseded")]


@pytest.mark.parametrize(
    ("error", "end", "goes_on"),
    [
        (Permanent("not allowed"), "dead", True),
        (Skip("not wanted"), "skipped", True),
        (Transient("busy"), "due", False),
        (Withheld("the account is frozen", 60.0), "waiting", False),
    ],
)
def test_an_album_that_cannot_be_asked_about_goes_on_when_that_is_final(
    error: MediaAuditError, end: str, goes_on: bool, cut: int
) -> None:
    source = Meanwhile(range(24, 34), groups=GROUPS)
    source.error = error
    assert persisted(collect(source)) == ([1] if goes_on else [])
    assert [found for found, _ in state(Step.COLLECT)] == [end]
    assert row(cut, "last_error") == ("the account is frozen" if end == "waiting" else None,)
