"""Shows numbers of spreadsheets as their cells do, as far as people search for them: dates, times, shares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from app.adapters.vision.documents.collector import Forbidden, local

# Numbers of formats that every program knows: ECMA-376, part 1, 18.8.30.
BUILT_IN = {
    **dict.fromkeys((9, 10), "0%"),
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)), "dd.mm.yyyy"),
    **dict.fromkeys((18, 19, 20, 21, *range(32, 36), 45, 46, 47), "hh:mm"),
    22: "dd.mm.yyyy hh:mm",
}
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]hms]*\]', re.IGNORECASE)
_LAST_DAY = 2_950_000  # in the year 9976, whichever year the days count from


class Formats:
    """The target of a parser of styles: the format of each style of cells."""

    def __init__(self) -> None:
        self.from_1904 = False  # whether days count from 1904, as on old computers by Apple
        self._codes = dict(BUILT_IN)
        self._styles: list[int] = []
        self._open = False

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        """Refuses a document type."""
        raise Forbidden

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begins an element."""
        name, number = local(tag), attributes.get("numFmtId", "0")
        number = number if number.isdigit() else "0"
        if name == "numFmt":
            self._codes[int(number)] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._open = True
        elif name == "xf" and self._open:
            self._styles.append(int(number))

    def end(self, tag: str) -> None:
        """Ends an element."""
        if local(tag) == "cellXfs":
            self._open = False

    def close(self) -> None:
        """Ends the part."""

    def code(self, style: str) -> str:
        """The format of a style without its literal texts, in lower case; "" for a plain number."""
        known = style.isdigit() and int(style) < len(self._styles)
        code = self._codes.get(self._styles[int(style)], "") if known else ""
        return _QUOTED.sub("", code.partition(";")[0]).lower()


def shown(value: str, formats: Formats, style: str) -> str:
    """A number as its cell shows it: a date, a time, a share in percent, or its shortest form."""
    try:
        number = float(value)
    except ValueError:
        return value
    code = formats.code(style)
    if "%" in code:
        return f"{_plain(number * 100)}%"
    day, time = bool(re.search("[dy]", code)), bool(re.search("[hs]", code))
    if (day or time) and 0 <= number <= _LAST_DAY:
        return _moment(number, day, time, formats.from_1904)
    return _plain(number)


def _plain(number: float) -> str:
    return f"{number:.15g}" if abs(number) < 1e15 else repr(number)


def _moment(number: float, day: bool, time: bool, from_1904: bool) -> str:
    start = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  no cell has a zone
    moment = start + timedelta(seconds=round(number * 86_400))
    parts = (
        f"{moment:%d.%m.%Y}" if day else "",
        f"{moment:%H:%M}" if time and (not day or moment.hour or moment.minute) else "",
    )
    return " ".join(filter(None, parts))
