"""What history and the collection of an album ask Telegram for, and which answers they take."""

from __future__ import annotations

import pytest

from app.domain.albums import MAX_ITEMS
from app.domain.messages import Page
from app.models import Channel
from app.pipeline.posts.channels import is_history_hidden
from app.pipeline.steps.backfill import Backfill, BackfillInput, Read
from app.pipeline.steps.collect import Collect, CollectInput
from tests.factories.sources import REF, ListedSource


def page(source: ListedSource, below: int) -> Page[object]:
    """The pages of one run of history."""
    [found] = Backfill(source, "account").perform([BackfillInput(1, REF, below)])
    assert isinstance(found, Read)
    assert isinstance(found.page, Page)
    assert list(found.columns) == ids(found.page), "the columns of its posts are there before any lock"
    return found.page


def ids(messages: object) -> list[int]:
    return [message.id for message in messages]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("below", "first", "pages"),
    [(551, 151, 4), (451, 51, 4), (401, 1, 4), (400, 1, 4), (301, 1, 3), (300, 1, 3), (51, 1, 1), (2, 1, 1)],
)
def test_a_page_of_history_lies_right_below_the_one_before(below: int, first: int, pages: int) -> None:
    """Four in a run, and none below the first message."""
    source = ListedSource(range(1, 551))
    assert ids(page(source, below)) == list(range(first, below))
    assert (source.pages, source.looks) == ([(0, below - 100 * n, 100) for n in range(pages)], 0)


@pytest.mark.parametrize(("below", "looks"), [(5, 1), (2, 1), (1, 0)])
def test_an_empty_page_asks_whether_something_is_hidden(below: int, looks: int) -> None:
    """Nothing can be below the first id."""
    source = ListedSource(range(5, 9), hidden_until=4)
    found = page(source, below)
    assert (ids(found), source.looks) == ([], looks)
    assert (found.channel.hidden_until if found.channel else None) == (4 if looks else None)


@pytest.mark.parametrize("described", [True, False])
def test_at_the_beginning_of_history_the_newest_message_is_asked_for_only_under_a_restriction(described: bool) -> None:
    """A description that cannot be read tells of none."""
    source = ListedSource(range(5, 9), described=described)
    [found] = Backfill(source, "account").perform([BackfillInput(1, REF, 5)])
    assert isinstance(found, Read)
    assert (found.shows, source.looks, source.pages) == (True, 1, [(0, 5, 100)])


@pytest.mark.parametrize(
    ("channel", "hidden"),
    [
        (Channel(backfill_cursor=9), False),
        (Channel(backfill_cursor=9, restriction=""), False),
        (Channel(backfill_cursor=9, restriction="apps"), True),
        (Channel(backfill_cursor=9, hidden_until=0), False),
        (Channel(backfill_cursor=9, hidden_until=7), False),
        (Channel(backfill_cursor=9, hidden_until=8), True),
        (Channel(backfill_cursor=9, hidden_until=9), True),
        (Channel(backfill_cursor=None, hidden_until=1), True),
        (Channel(backfill_cursor=9, hidden_until=7, restriction="all"), True),
        (Channel(backfill_cursor=9, hidden_until=8, restriction="all"), True),
    ],
)
def test_history_is_hidden_by_a_restriction_or_by_the_border_of_a_login(channel: Channel, hidden: bool) -> None:
    assert is_history_hidden(channel) is hidden


def collected(source: ListedSource, *known: int, group: int = 9) -> list[int]:
    """The siblings that are found."""
    [found] = Collect(source, "account", bulk=False).perform([CollectInput(1, REF, group, known)])
    return ids(found)


@pytest.mark.parametrize(
    ("known", "first", "last"),
    [((50,), 41, 59), ((50, 52), 41, 61), ((3, 4), 1, 13), ((10,), 1, 19), ((11,), 2, 20)],
)
def test_siblings_are_asked_for_as_far_as_an_album_may_reach(known: tuple[int, ...], first: int, last: int) -> None:
    """Ten items at most, of successive ids; those that are known are not asked for."""
    source = ListedSource([])
    assert collected(source, *known) == []
    assert source.asked == [i for i in range(first, last + 1) if i not in known]
    assert max(known) - first <= MAX_ITEMS - 1 + max(known) - min(known)


def test_only_readable_messages_of_the_album_are_its_siblings() -> None:
    groups = dict.fromkeys((48, 49, 50, 51), 9) | {52: 10, 59: 9, 60: 9}
    source = ListedSource(range(45, 61), groups=groups, foreign=frozenset({51}))
    assert collected(source, 50) == [48, 49, 59]
