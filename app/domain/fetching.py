"""Decides which files of a channel are fetched, by kind, size and date, and reads these limits as users write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.domain.kinds import MediaKind

KINDS = {
    "photo": MediaKind.PHOTO,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
    "document": MediaKind.DOCUMENT,
}
UNITS = {"": 1, "B": 1} | {
    f"{prefix}{infix}B": base**power
    for infix, base in (("", 1000), ("I", 1024))
    for power, prefix in enumerate("KMGT", start=1)
}
SHOWN = ("TB", "TiB", "GB", "GiB", "MB", "MiB", "KB", "KiB")  # the first that divides a size names it
LARGEST = 2**63 - 1  # bytes: what the column holds

MEDIA_FORM = f"write a list of {', '.join(KINDS)}, or all, or none: --media photo,video"
SIZE_FORM = "write a number with B, KB, MB, GB, KiB, MiB or GiB, or none: --max-size 50MB"
SINCE_FORM = "write a day as YEAR-MONTH-DAY, or none: --since 2024-01-31"


@dataclass(frozen=True)
class FetchRules:
    """The limits of one channel; None is no limit. max_bytes: of the size that Telegram announces; since: a UTC day."""

    kinds: frozenset[MediaKind] | None = None  # empty: no files at all
    max_bytes: int | None = None
    since: date | None = None

    def __str__(self) -> str:
        if self.kinds == frozenset():
            parts = ["no media"]
        elif self.kinds is None:
            parts = ["all media"]
        else:
            parts = [_listed(self.kinds)]
        if self.max_bytes is not None and self.kinds != frozenset():
            parts.append(f"up to {exact_size(self.max_bytes)}")
        parts += [f"since {self.since}"] if self.since is not None else []
        return ", ".join(parts)

    def as_json(self) -> dict[str, object]:
        """The limits as JSON values, in the words of the options."""
        kinds = None if self.kinds is None else [word for word, kind in KINDS.items() if kind in self.kinds]
        return {"media": kinds, "max_size": self.max_bytes, "since": self.since.isoformat() if self.since else None}


ALL = FetchRules()


@dataclass(frozen=True)
class LeftOut:
    """Why a file is not fetched. rule: the limit that says so (kind, size, date); reason: it, with the remedy."""

    rule: str
    reason: str


def left_out(rules: FetchRules, kind: MediaKind, size: int | None, posted_at: datetime | None) -> LeftOut | None:
    """The limit that leaves a file out; None if it is to be fetched. A size or date that is not known leaves none out.

    The reasons name limits and no file, so that few of them stand for many files.
    """
    if rules.kinds is not None and kind not in rules.kinds:
        takes = _listed(rules.kinds) if rules.kinds else "no media"
        return _left("kind", f"the channel takes {takes}", "--media all")
    if rules.max_bytes is not None and size is not None and size > rules.max_bytes:
        return _left("size", f"it is larger than {exact_size(rules.max_bytes)}", "--max-size none")
    if is_before(posted_at, rules.since):
        return _left("date", f"it was posted before {rules.since}", "--since none")
    return None


def is_before(posted_at: datetime | None, since: date | None) -> bool:
    """Whether a message lies before the limit. One without a date does not."""
    return since is not None and posted_at is not None and posted_at.astimezone(UTC).date() < since


def is_wider(since: date | None, than: date) -> bool:
    """Whether the limit lets older posts in than the other."""
    return since is None or since < than


def history_left_out(since: date) -> str:
    """The reason of a history that is not read below a day."""
    return f"posts before {since} are left out by choice: `media-audit channels set CHANNEL --since none` reads them"


def parse_kinds(text: str) -> frozenset[MediaKind] | None:
    """The kinds of a list like photo,video; None for all. ValueError names the kinds."""
    words = [word for word in re.split(r"[,\s]+", text.strip().lower()) if word]
    if words in (["all"], ["none"]):
        return None if words == ["all"] else frozenset()
    singular = {**KINDS, **{f"{word}s": kind for word, kind in KINDS.items()}, "doc": MediaKind.DOCUMENT}
    if unknown := [word for word in words if word not in singular]:
        raise ValueError(f"{', '.join(unknown)!r} is no kind of media: {MEDIA_FORM}")
    if not words:
        raise ValueError(f"no kind is named: {MEDIA_FORM}")
    return frozenset(singular[word] for word in words)


def parse_size(text: str) -> int | None:
    """The bytes of a size like 50MB (10**6) or 50MiB (2**20); None for no limit. ValueError names the form."""
    if text.strip().lower() == "none":
        return None
    found = re.fullmatch(r"([0-9]+)(?:\.([0-9]{1,6}))?\s*([A-Za-z]*)", text.strip())
    unit = UNITS.get(found[3].upper()) if found else None
    if found is None or unit is None or (found[2] and unit == 1):  # a part of a byte: the unit is missing
        raise ValueError(f"{text!r} is no size: {SIZE_FORM}")
    count: int = int(found[1]) * unit + int((found[2] or "0").ljust(6, "0")) * unit // 10**6
    if not 0 < count <= LARGEST:
        raise ValueError(f"{text!r} is {'too large' if count else 'no room for a file; --media none takes none'}")
    return count


def parse_since(text: str, today: date) -> date | None:
    """The day of a text like 2024-01-31; None for no limit. ValueError names the form."""
    if text.strip().lower() == "none":
        return None
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()):
            raise ValueError
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"{text!r} is no day: {SINCE_FORM}") from error
    if day > today:
        raise ValueError(f"{day} is yet to come: name a day up to {today}")
    return day


def _left(rule: str, why: str, option: str) -> LeftOut:
    return LeftOut(rule, f"left out by choice: {why}; `media-audit channels set CHANNEL {option}` fetches it")


def _listed(kinds: frozenset[MediaKind]) -> str:
    *more, last = [word for word, kind in KINDS.items() if kind in kinds]
    return f"{', '.join(more)} and {last}" if more else last


def exact_size(count: int) -> str:
    """The exact size in its largest whole unit, as `parse_size` reads it."""
    whole = (unit for unit in SHOWN if count % UNITS[unit.upper()] == 0)
    unit = next(whole, "bytes")
    return f"{count // UNITS.get(unit.upper(), 1)} {unit}"
