"""What a poll asks Telegram for, and its conclusions: each new message, no gap, no deletion without an answer."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest

from app.domain.deletions import View
from app.pipeline.steps.poll import Poll, Polled, PollInput
from app.settings import get_settings
from tests.factories.sources import REF, ListedSource

SEES_ALL = View(None, 1, 0)  # this login has seen the channel from its first message on
Window = Callable[[int], None]


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Window:
    """Sets EDIT_WINDOW."""

    def put(size: int) -> None:
        monkeypatch.setenv("EDIT_WINDOW", str(size))
        get_settings.cache_clear()

    return put


def polled(source: ListedSource, cursor: int | None, known: Iterable[int] = (), seen: View = SEES_ALL) -> Polled:
    """Telegram's answers to one poll. known: stored ids in the edit window."""
    given = PollInput(datetime.now(UTC), 1, "@news", 700, REF, cursor, frozenset(known), seen=seen)
    [found] = Poll(source, "account").perform([given])
    assert isinstance(found, Polled)
    return found


def ids(messages: Iterable[object]) -> list[int]:
    return [message.id for message in messages]  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4])
def test_every_burst_of_a_small_channel_comes_without_a_gap(size: int, window: Window) -> None:
    """All channels of ids up to 7, with all cursors: 896 of each size."""
    window(size)
    for present in itertools.chain.from_iterable(itertools.combinations(range(1, 8), n) for n in range(8)):
        for cursor in range(1, 8):
            source = ListedSource(present)
            found = polled(source, cursor)
            case = f"EDIT_WINDOW={size}, {present} above {cursor}: {source.pages}"
            assert ids(found.page) == [i for i in present if i > cursor], case
            assert ids(found.again) == list(present[-max(1, size) :]), case
            assert found.head == max(present, default=0), case
            assert found.gone == (), case


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_channel_that_was_empty_says_whether_it_was_read_to_its_beginning(size: int, window: Window) -> None:
    """Else history has to bring the rest: nothing is known from which to go on."""
    window(size)
    for count in range(6):
        for first in (1, 2, 9):
            present = tuple(range(first, first + count))
            source = ListedSource(present)
            found = polled(source, 0)
            whole = count < size or (count == size and first == 1)
            assert found.reached_head is whole, (size, present)
            assert not whole or ids(found.page) == list(present), (size, present)
            assert all(below for _, below, _ in source.pages[1:]), "no page from the beginning on: history comes down"


@pytest.mark.parametrize(
    ("size", "new", "pages"),
    [
        (3, 2, [(0, 0, 3)]),  # the window reaches down to what is known
        (3, 3, [(0, 0, 3)]),
        (3, 4, [(0, 0, 3), (500, 0, 100)]),  # one of them is in no window
        (100, 100, [(0, 0, 100)]),
        (100, 101, [(0, 0, 100), (500, 0, 100)]),
        (150, 1, [(0, 0, 100), (0, 402, 50)]),
        (200, 200, [(0, 0, 100), (0, 601, 100)]),
        (250, 7, [(0, 0, 100), (0, 408, 100), (0, 308, 50)]),
    ],
)
def test_a_poll_asks_for_no_page_too_many(
    size: int, new: int, pages: list[tuple[int, int, int]], window: Window
) -> None:
    window(size)
    source = ListedSource(range(1, 501 + new))
    found = polled(source, 500)
    assert source.pages == pages
    assert found.reached_head, "page and window leave no gap between them"
    assert ids(found.page) == list(range(501, 501 + new))
    assert ids(found.again) == list(range(501 + new - size, 501 + new))


def test_a_window_larger_than_the_channel_ends_at_its_first_message(window: Window) -> None:
    window(250)
    source = ListedSource(range(1, 131))
    found = polled(source, 120)
    assert ids(found.again) == list(range(1, 131))
    assert ids(found.page) == list(range(121, 131))
    assert found.reached_head
    assert source.pages == [(0, 0, 100), (0, 31, 100), (0, 1, 100)], "an empty page proves the beginning"


def test_more_than_a_page_of_news_comes_in_pages(window: Window) -> None:
    window(3)
    source = ListedSource(range(1, 351))
    cursor, read = 100, []
    while True:
        found = polled(source, cursor)
        read += ids(found.page)
        cursor = max([cursor, *ids(found.page)])
        if found.reached_head:
            break
    assert read == list(range(101, 351))


def test_the_first_poll_reads_the_newest_id_and_no_news(window: Window) -> None:
    window(3)
    source = ListedSource(range(1, 10))
    found = polled(source, None, seen=View(None, None))
    assert (found.head, ids(found.page), found.gone, found.reached_head) == (9, [], (), True)
    assert (source.pages, source.asked, source.looks) == ([(0, 0, 3)], [], 0)
    assert ids(found.again) == [7, 8, 9]
    assert polled(ListedSource(()), None).head == 0


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_hole_is_asked_for_by_its_id(size: int, window: Window) -> None:
    """Random channels: of the stored ids, those that the window should show and does not."""
    window(size)
    dice = random.Random(size)
    for _ in range(400):
        present = sorted(dice.sample(range(1, 10), dice.randrange(9)))
        known = dice.sample(range(1, 10), dice.randrange(5))
        unlisted = frozenset(dice.sample(present, dice.randrange(2) if present else 0))
        confirmed = dice.random() < 0.5
        source = ListedSource(present, unlisted)
        found = polled(source, 9, known, View(None, 1, 0, confirmed=confirmed))
        shown = [i for i in present if i not in unlisted][-size:]
        full = len(shown) == size
        missing = sorted(i for i in known if i not in shown and (not full or i >= shown[0]))
        holes = [i for i in missing if i not in present]
        vanished = bool(known) and not set(known) & set(shown) and holes == missing
        sure = [i for i in holes if (shown and shown[0] < i) or confirmed or not vanished]
        case = f"EDIT_WINDOW={size}, {present} without {set(unlisted)}, known {sorted(known)}, confirmed={confirmed}"
        assert source.asked == missing, case
        assert found.gone == tuple(sure), case
        assert found.doubt is (sure != holes), case
        assert source.looks == any(not shown or shown[0] > i for i in holes), case


def test_a_border_that_is_not_known_is_looked_up_once(window: Window) -> None:
    """The oldest posts went: only the channel's description tells whether they are hidden from this login."""
    window(5)
    for hidden, gone in ((0, (1, 2)), (1, (2,)), (2, ()), (None, ())):
        source = ListedSource([3, 4], hidden_until=hidden)
        found = polled(source, 4, [1, 2, 3, 4], View(None, 1, None))
        assert (found.gone, source.looks, found.doubt) == (gone, 1, False), hidden
        assert found.told is not None
    source = ListedSource([1, 4])
    assert polled(source, 4, [1, 2, 4], View(None, 1, None)).gone == (2,)
    assert source.looks == 0, "a message below is visible, so nothing is hidden"
    source = ListedSource([3, 4])
    assert polled(source, 4, [1, 2, 3], View(None, 3, None)).gone == ()
    assert (source.asked, source.looks) == ([], 0), "this login never saw so low: no answer would tell"
