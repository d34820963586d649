"""Decides whether a hole in Telegram's answer is a deleted message or one that this account may not see.

Telegram answers both in the same way. An account that joined late, or cleared its history, sees a channel from some id
on (ChannelFull.available_min_id); a restricted channel may look empty; another account may see less than the one that
read a post. So a hole counts as a deletion only where this login could see the message before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.domain.messages import ChannelInfo, Restriction


class Hole(StrEnum):
    """The meaning of a hole at the id of a stored post."""

    DELETED = "deleted"
    DOUBTFUL = "doubtful"  # a later look decides
    HIDDEN = "hidden"  # nothing can be told: this login may not see the message, deleted or not


@dataclass(frozen=True)
class View:
    """The part of a channel that one login sees.

    lowest: the lowest id that it sees now. seen_from: the lowest id that it ever saw. hidden_until: ids up to it are
    kept from it; None: not asked. all_gone: whether no known post is left. confirmed: whether they were all gone at an
    earlier look.
    """

    lowest: int | None
    seen_from: int | None
    hidden_until: int | None = None
    restriction: Restriction = ""
    all_gone: bool = False
    confirmed: bool = False

    def with_look(self, info: ChannelInfo | None) -> View:
        """The view after a second look at the channel.

        None: its answer could not be read. Then the border is not known, whatever it was at an earlier look.
        """
        if info is None:
            return replace(self, hidden_until=None)
        return replace(self, hidden_until=info.hidden_until, restriction=info.restriction or self.restriction)


def judge(message_id: int, view: View) -> Hole:
    """The meaning of the hole at this id.

    A visible message below it proves the deletion: what an account may see begins at one id and has no gaps. Without
    one, this login must have seen so low before, and a second look must show that nothing is kept from it.
    """
    if view.restriction == "all":
        return Hole.HIDDEN
    if view.lowest is not None and view.lowest < message_id:
        return Hole.DELETED
    if view.restriction or not _seen(message_id, view):
        return Hole.HIDDEN
    if view.hidden_until is None or message_id <= view.hidden_until:
        return Hole.HIDDEN
    return Hole.DOUBTFUL if view.all_gone and not view.confirmed else Hole.DELETED


def worth_asking(ids: Iterable[int], view: View) -> list[int]:
    """The ids for which an answer can decide anything."""
    hopeful = replace(view, hidden_until=view.hidden_until or 0)
    return [i for i in ids if judge(i, hopeful) is not Hole.HIDDEN]


def needs_look(holes: Sequence[int], view: View) -> bool:
    """Whether the border of what this login may see decides on one of these holes."""
    return any(judge(i, replace(view, hidden_until=None)) is Hole.HIDDEN for i in worth_asking(holes, view))


def sort_out(holes: Iterable[int], view: View) -> dict[Hole, tuple[int, ...]]:
    """The holes by their meaning."""
    found: dict[Hole, list[int]] = {hole: [] for hole in Hole}
    for message_id in holes:
        found[judge(message_id, view)].append(message_id)
    return {hole: tuple(ids) for hole, ids in found.items()}


def unread(info: ChannelInfo | None, below: int, *, shows: bool = True) -> tuple[int, str] | None:
    """Whether history goes on below an empty page: the id below which it is unread, and why; None at its beginning.

    info: a second look at the channel; None: it could not be read. below: the id below which the page was empty.
    shows: whether the channel shows its newest message. Then a restriction of some apps, which may stay for years, is
    none of ours.
    """
    if info is not None and (info.restriction == "all" or (info.restriction and not shows)):
        return below, "Telegram restricts the channel, and shows no older message of it"
    if info is None or info.hidden_until is None:
        return below, "whether older messages are hidden from this account cannot be read: update Media Audit"
    if info.hidden_until:
        return min(below, info.hidden_until + 1), "older messages are hidden from this account, which joined after them"
    return None


def lowest_of(*ids: Collection[int]) -> int | None:
    """The lowest of all ids; None if there are none."""
    return min((i for some in ids for i in some), default=None)


def _seen(message_id: int, view: View) -> bool:
    return view.seen_from is not None and message_id >= view.seen_from
