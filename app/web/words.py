"""How values are written on the page: times, sizes, durations and numbers, in the language of the reader."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from app.domain.access.audited import DONE, Acted
from app.domain.channel_states import ChannelState
from app.domain.kinds import State, Step
from app.domain.remedies import TEXTS
from app.web.language import translations

UNITS = ("B", "KiB", "MiB", "GiB", "TiB")

BLOCKS = ("rate", "outage", "credit", "setting")  # of app.domain.breaker
# Words out of tables that the pages show: states, steps, purposes of paid calls, remedies, acts.
TABLES = frozenset(
    {*State, *Step, *ChannelState, "ok", "resting", "trying", *BLOCKS, "vision", "tags", *TEXTS, *DONE.values()}
)


class Words:
    """Filters of the templates for one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def moment(self, at: datetime | None) -> Markup:
        """A time in UTC, as an element that a script can read."""
        if at is None:
            return Markup("")
        at = at.astimezone(UTC)
        text = format_datetime(at, "d MMM y, HH:mm", locale=self._language)
        return Markup('<time datetime="{}">{} UTC</time>').format(at.isoformat(timespec="seconds"), text)

    def day(self, day: date) -> str:
        """A day in UTC."""
        return format_date(day, "d MMM y", locale=self._language)

    def written(self, at: str | None) -> Markup:
        """A time that stands in a row as ISO text; without a zone it is in UTC."""
        read = datetime.fromisoformat(at) if at else None
        return self.moment(read.replace(tzinfo=read.tzinfo or UTC) if read else None)

    def ago(self, seconds: float | None) -> str:
        """A time span up to now, in its largest unit and of one second at least; empty for none."""
        if seconds is None:
            return ""
        return format_timedelta(-max(1, round(seconds)), add_direction=True, locale=self._language)

    def number(self, value: float) -> str:
        """With its thousands apart."""
        return format_decimal(value, locale=self._language)

    def size(self, count: int) -> str:
        """Bytes in the unit that leaves fewer than four digits."""
        value, unit = float(count), 0
        while value >= 1000 and unit < len(UNITS) - 1:
            value, unit = value / 1024, unit + 1
        return f"{format_decimal(round(value, 1 if unit and value < 10 else 0), locale=self._language)} {UNITS[unit]}"

    def bounded(self, count: int, most: int = 10_000) -> str:
        """A number that was counted up to `most`: a plus stands for more."""
        return self.number(most) + "+" if count > most else self.number(count)

    def said(self, text: str) -> str:
        """Words of a table of ours in this language; all others as they are."""
        return translations(self._language).gettext(text) if text else ""

    def acted(self, act: str) -> str:
        """The words for an act, which stand behind its target; the act itself, if this release does not know it."""
        return self.said(DONE[Acted(act)]) if act in list(Acted) else act

    @staticmethod
    def marked(snippet: str) -> Markup:
        """The line of a hit, with its matched words marked. snippet: has them between **."""
        return Markup(re.sub(r"\*\*(.+?)\*\*", r"<mark>\1</mark>", str(escape(snippet))))

    @staticmethod
    def clock(seconds: float) -> str:
        """A duration as players show it: 1:05, 1:02:03."""
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
