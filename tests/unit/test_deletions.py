"""The meaning of a hole, for every kind of view."""

from __future__ import annotations

import pytest

from app.domain.deletions import Hole, View, judge, needs_look, unread, worth_asking
from app.domain.messages import ChannelInfo, ChannelRef, Restriction

DELETED, DOUBTFUL, HIDDEN = Hole.DELETED, Hole.DOUBTFUL, Hole.HIDDEN
WHOLE = View(lowest=1, seen_from=1)
PREFIX = View(lowest=6, seen_from=1, hidden_until=0)
NOTHING = View(lowest=None, seen_from=1, hidden_until=0, all_gone=True)


@pytest.mark.parametrize(
    ("view", "meaning"),
    [
        pytest.param(WHOLE, DELETED, id="a message below is visible"),
        pytest.param(View(3, None), DELETED, id="another account sees one below"),
        pytest.param(View(6, None, 0), HIDDEN, id="this login never saw so low"),
        pytest.param(View(6, 6, 0), HIDDEN, id="it saw from 6 on"),
        pytest.param(PREFIX, DELETED, id="the oldest posts went, nothing is kept from us"),
        pytest.param(View(6, 1), HIDDEN, id="the border was not asked"),
        pytest.param(View(6, 1, 5), HIDDEN, id="joined again, at 6"),
        pytest.param(View(6, 1, 4), DELETED, id="kept from us is only what lies below"),
        pytest.param(View(1, 1, 0, "all"), HIDDEN, id="restricted for all"),
        pytest.param(View(1, 1, 0, "apps"), DELETED, id="restricted in some apps, with a message below"),
        pytest.param(View(6, 1, 0, "apps"), HIDDEN, id="restricted in some apps, without one"),
        pytest.param(NOTHING, DOUBTFUL, id="everything went at once"),
        pytest.param(View(9, 1, 0, "", True), DOUBTFUL, id="everything known went, a new post came"),
        pytest.param(View(None, 1, 0, "", True, True), DELETED, id="everything is still gone at a later look"),
        pytest.param(View(None, None, 0, "", True, True), HIDDEN, id="a login that never saw anything"),
        pytest.param(View(None, 1, 0, "all", True, True), HIDDEN, id="gone for long, and restricted"),
        pytest.param(View(None, 1, None, "", True, True), HIDDEN, id="the second look failed"),
    ],
)
def test_the_meaning_of_a_hole_at_5(view: View, meaning: Hole) -> None:
    assert judge(5, view) is meaning


def test_only_what_can_be_decided_is_asked() -> None:
    ids = [1, 3, 5, 8]
    assert worth_asking(ids, View(4, None)) == [5, 8]
    assert worth_asking(ids, View(None, 3, 3)) == [5, 8], "the border is known from an earlier look"
    assert worth_asking(ids, View(None, 1, 0, "all")) == []
    assert worth_asking(ids, View(None, None)) == []


def test_a_second_look_is_taken_only_where_it_decides() -> None:
    assert not needs_look([5], WHOLE)
    assert needs_look([5], View(6, 1))
    assert not needs_look([5], View(6, 6)), "this login never saw it: no border helps"


@pytest.mark.parametrize(
    ("hidden_until", "restriction", "left"),
    [(0, "", None), (None, "", 20), (7, "", 8), (0, "all", 20), (30, "", 20), (0, "apps", None)],
)
def test_history_ends_only_where_nothing_is_hidden(
    hidden_until: int | None, restriction: Restriction, left: int | None
) -> None:
    found = unread(ChannelInfo(ChannelRef(1, 2), None, "", hidden_until=hidden_until, restriction=restriction), 20)
    assert (found and found[0]) == left
    assert unread(None, 20) is not None, "an answer that cannot be read is no end"


def test_a_restriction_of_some_apps_hides_history_only_where_it_shows_nothing() -> None:
    cases: list[tuple[Restriction, bool, bool]] = [("apps", True, True), ("apps", False, False), ("all", True, False)]
    for restriction, shows, ended in cases:
        info = ChannelInfo(ChannelRef(1, 2), None, "", hidden_until=0, restriction=restriction)
        assert (unread(info, 20, shows=shows) is None) is ended


def test_an_unreadable_second_look_leaves_the_border_unknown() -> None:
    assert WHOLE.with_look(None) == WHOLE
    assert judge(5, PREFIX.with_look(None)) is HIDDEN, "the border of an earlier look may have risen"
    told = ChannelInfo(ChannelRef(1, 2), None, "", hidden_until=7, restriction="all")
    assert (WHOLE.with_look(told).hidden_until, WHOLE.with_look(told).restriction) == (7, "all")
