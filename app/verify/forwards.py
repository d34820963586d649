"""Checks the columns of forwards of posts: they hold the origin that the JSON beside them names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from app.db import snapshot, transaction
from app.models import Channel, Post
from app.verify.check import Check, Fault
from app.verify.reading import pages

TOLD = Post.forward.is_not(None) | Post.forwarded_from.is_not(None) | Post.forwarded_message.is_not(None)


class Forwards(Check[int]):
    """Checks that the columns of a post are those of its forward. Empty ones are left to the sweeper, which fills
    them."""

    name = "forwards"
    remedy = "media-audit verify --repair"

    def __init__(self) -> None:
        self.empty = 0

    def pages(self) -> Iterator[Sequence[int]]:
        return pages(Post.id, TOLD)

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        columns = (Post.id, Channel.reference, Post.telegram_message_id)
        query = select(*columns, Post.forward, Post.forwarded_from, Post.forwarded_message)
        faults = []
        with snapshot() as session:
            for id_, channel, message, forward, *found in session.execute(query.join(Channel).where(Post.id.in_(keys))):
                if found == _wanted(forward):
                    continue
                if found == [None, None]:
                    self.empty += 1
                else:
                    what = "its columns of the forward are not those of the message"
                    faults.append(Fault(id_, f"{channel}/{message}", what))
        return faults

    def mend_one(self, fault: Fault[int]) -> bool:
        with transaction() as session:
            post = session.get_one(Post, fault.key, with_for_update={"key_share": True})
            post.forwarded_from, post.forwarded_message = _wanted(post.forward)
        return True

    def notes(self) -> list[str]:
        return (
            [f"the forwards of {self.empty} posts are still to be filled in, by the next sweep"] if self.empty else []
        )


def _wanted(forward: dict[str, int | None] | None) -> list[int | None]:
    return [None, None] if forward is None else [forward.get("from_telegram_id"), forward.get("message_id")]
