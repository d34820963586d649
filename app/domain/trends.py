"""The lines with which a document counts in trends: its tags by day, the origins of its forwards by week."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

SEPARATOR = "\n"  # of lines
TAG, ORIGIN = "tag", "from"


@dataclass(frozen=True)
class Trend:
    """A line. begins: the UTC day of a tag, the Monday of an origin's ISO week. value: the tag, or the Telegram id."""

    kind: str
    begins: date
    channel_id: int
    value: str

    def __str__(self) -> str:
        return f"{self.kind} {self.begins} {self.channel_id} {self.value}"

    @classmethod
    def read(cls, line: str) -> Trend:
        """The trend of a line that str() wrote."""
        kind, begins, channel, value = line.split(" ", 3)
        return cls(kind, date.fromisoformat(begins), int(channel), value)


def monday(day: date) -> date:
    """The first day of its ISO week."""
    return day - timedelta(days=day.weekday())


def trends_of(channel_id: int, posted_at: datetime | None, tags: Iterable[str], origins: Collection[int]) -> str:
    """The lines of a publication, each once, in the order of the alphabet; none without a date.

    origins: Telegram ids of the channels or users that its posts were forwarded from.
    """
    if posted_at is None:
        return ""
    day = posted_at.astimezone(UTC).date()
    # A tag of an outside program may have several lines.
    lines = {str(Trend(TAG, day, channel_id, " ".join(tag.split()))) for tag in tags}
    lines |= {str(Trend(ORIGIN, monday(day), channel_id, str(origin))) for origin in origins}
    return SEPARATOR.join(sorted(lines))
