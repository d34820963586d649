"""The limits of a channel: which files they leave out, and how users write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.domain.fetching import FetchRules, is_before, left_out, parse_kinds, parse_since, parse_size
from app.domain.kinds import MediaKind

DAY = date(2024, 3, 1)
MORNING = datetime(2024, 3, 1, tzinfo=UTC)
EVE = datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)
PHOTO, VIDEO = MediaKind.PHOTO, MediaKind.VIDEO


@pytest.mark.parametrize(
    ("rules", "kind", "size", "posted", "rule"),
    [
        (FetchRules(), VIDEO, 2**40, EVE, None),
        (FetchRules(frozenset({PHOTO})), PHOTO, 9, EVE, None),
        (FetchRules(frozenset({PHOTO})), VIDEO, 9, EVE, "kind"),
        (FetchRules(frozenset()), PHOTO, 9, EVE, "kind"),
        (FetchRules(max_bytes=10), VIDEO, 10, EVE, None),
        (FetchRules(max_bytes=10), VIDEO, 11, EVE, "size"),
        (FetchRules(max_bytes=10), VIDEO, None, EVE, None),
        (FetchRules(since=DAY), PHOTO, 9, MORNING, None),
        (FetchRules(since=DAY), PHOTO, 9, EVE, "date"),
        (FetchRules(since=DAY), PHOTO, 9, None, None),
    ],
)
def test_one_limit_leaves_a_file_out(
    rules: FetchRules, kind: MediaKind, size: int | None, posted: datetime | None, rule: str | None
) -> None:
    found = left_out(rules, kind, size, posted)
    assert (found and found.rule) == rule
    if found:
        assert "`media-audit channels set" in found.reason


def test_days_are_those_of_utc() -> None:
    assert is_before(datetime.fromisoformat("2024-03-01T01:00+03:00"), DAY)
    assert not is_before(datetime.fromisoformat("2024-02-29T23:00-03:00"), DAY)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("photo,video", {PHOTO, VIDEO}),
        (" Photos , videos", {PHOTO, VIDEO}),
        ("document", {MediaKind.DOCUMENT}),
        ("doc audio", {MediaKind.DOCUMENT, MediaKind.AUDIO}),
        ("none", set()),
        ("all", None),
    ],
)
def test_kinds_as_users_write_them(text: str, kinds: set[MediaKind] | None) -> None:
    assert parse_kinds(text) == kinds


@pytest.mark.parametrize("text", ["", ",", "photo,gif", "all,photo", "unknown", "none photo"])
def test_a_wrong_kind_is_told_with_the_kinds(text: str) -> None:
    with pytest.raises(ValueError, match="photo, video, audio, document"):
        parse_kinds(text)


@pytest.mark.parametrize(
    ("text", "count", "shown"),
    [
        ("50MB", 50_000_000, "50 MB"),
        ("50 mb", 50_000_000, "50 MB"),
        ("1.5GiB", 3 * 2**29, "1536 MiB"),
        ("512kib", 2**19, "512 KiB"),
        ("1000", 1000, "1 KB"),
        ("1001B", 1001, "1001 bytes"),
        ("2TB", 2 * 10**12, "2 TB"),
    ],
)
def test_sizes_as_users_write_them(text: str, count: int, shown: str) -> None:
    assert parse_size(text) == count
    assert str(FetchRules(max_bytes=count)) == f"all media, up to {shown}"


@pytest.mark.parametrize(
    "text", ["", "MB", "-5MB", "50 apples", "5e3", "1,5GB", "٥MB", "1.5", "1.5B", "0", "0.0000001B", "9" * 30]
)
def test_a_wrong_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"--max-size 50MB|too large|no room"):
        parse_size(text)


def test_days_as_users_write_them() -> None:
    assert parse_since("2024-03-01", DAY) == DAY
    assert parse_since("none", DAY) is None
    for text in ("01.03.2024", "2024-3-1", "2024-02-30", "20240301", "yesterday", ""):
        with pytest.raises(ValueError, match="--since 2024-01-31"):
            parse_since(text, DAY)
    with pytest.raises(ValueError, match="yet to come"):
        parse_since("2024-03-02", DAY)


def test_limits_in_words() -> None:
    assert str(FetchRules()) == "all media"
    assert str(FetchRules(frozenset(), 5, DAY)) == "no media, since 2024-03-01"
    everything = FetchRules(frozenset({VIDEO, PHOTO, MediaKind.DOCUMENT}), 10**9, DAY)
    assert str(everything) == "photo, video and document, up to 1 GB, since 2024-03-01"
    assert everything.as_json() == {"media": ["photo", "video", "document"], "max_size": 10**9, "since": "2024-03-01"}
