"""A channel in memory behind the port TelegramSource, with a ledger of its requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.domain.messages import ChannelInfo, ChannelRef, Incoming, Page, Unparsed

REF = ChannelRef(700, 7)
WHEN = datetime(2024, 3, 1, tzinfo=UTC)


@dataclass
class ListedSource:
    """Answers as the port says. unlisted: ids that pages leave out, and that a question by id brings.

    groups: grouped_id by id, of the items of albums. foreign: ids of messages that cannot be read.
    """

    ids: Iterable[int]
    unlisted: frozenset[int] = frozenset()
    groups: Mapping[int, int] = field(default_factory=dict)
    foreign: frozenset[int] = frozenset()
    hidden_until: int | None = 0  # as the channel's description tells
    described: bool = True  # whether the description can be read
    pages: list[tuple[int, int, int]] = field(default_factory=list)  # above, below, limit of each page
    asked: list[int] = field(default_factory=list)  # ids that were asked for one by one
    looks: int = 0  # how often the description was asked for

    def resolve(self, reference: str) -> ChannelInfo:
        """See the port, as all below."""
        return ChannelInfo(REF, reference.removeprefix("@"), "News")

    def history(
        self, channel: ChannelRef, *, above: int = 0, below: int = 0, limit: int = 100
    ) -> list[Incoming | Unparsed]:
        """A page of at most 100 messages, as Telegram's are."""
        self.pages.append((above, below, limit))
        found = [i for i in self._there() if i > above and (not below or i < below) and i not in self.unlisted]
        limit = min(limit, 100)
        return Page(map(self._message, found[:limit] if above and not below else found[-limit:]))

    def messages(self, channel: ChannelRef, ids: Sequence[int]) -> list[Incoming | Unparsed | None]:
        """One answer for each id."""
        self.asked += ids
        there = set(self._there())
        return [self._message(i) if i in there else None for i in ids]

    def describe(self, channel: ChannelRef) -> ChannelInfo | None:
        """The description, with what is hidden."""
        self.looks += 1
        return ChannelInfo(REF, "news", "News", hidden_until=self.hidden_until) if self.described else None

    def _there(self) -> list[int]:
        return sorted(self.ids)

    def _message(self, number: int) -> Incoming | Unparsed:
        if number in self.foreign:
            return Unparsed(number, WHEN, {}, "unknown")
        return Incoming(number, WHEN, f"Text number {number}", self.groups.get(number))
