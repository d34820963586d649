"""The values of filters: both languages, one spelling, errors with the right values; and the time that dates span."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.kinds import Classification, MediaKind
from app.domain.query.dates import span
from app.domain.query.operators import TABLE, find, limit_of, named, near_of
from app.domain.query.parser import parse
from app.domain.query.tree import Limit, Operator, limits_of
from app.domain.query.values import CLASSES, FIELDS, KINDS, LANGUAGES, MEDIA_KINDS, PROPERTIES
from app.domain.tags import fold
from app.errors import UserError

PAGE = (Path(__file__).resolve().parents[2] / "docs/search.md").read_text()
NOW = datetime(2026, 11, 29, 15, 30, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_every_operator_has_names_that_no_other_has() -> None:
    names = [fold(name) for operator, entry in TABLE.items() for name in (operator.value, *entry.russian)]
    assert set(TABLE) == set(Operator)
    assert len(names) == len(set(names))
    assert all(entry.russian for entry in TABLE.values())


@pytest.mark.parametrize("operator", Operator)
def test_an_operator_is_found_by_each_name_in_any_case(operator: Operator) -> None:
    for name in (operator.value, *TABLE[operator].russian):
        assert find(name) is find(name.upper()) is find(name.capitalize()) is operator
    assert find("foo") is None


@pytest.mark.parametrize("names", [KINDS, CLASSES, LANGUAGES, PROPERTIES, FIELDS])
def test_no_name_means_two_values(names: dict[str, tuple[str, ...]]) -> None:
    every = [fold(name) for value, others in names.items() for name in (value, *others)]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("operator", [operator for operator, entry in TABLE.items() if entry.names])
def test_each_value_is_taken_under_each_name_and_printed_in_russian(operator: Operator) -> None:
    for value, others in (TABLE[operator].names or {}).items():
        for name in (value, *others):
            assert limit_of(operator, name.upper()) == Limit(operator, value)
        assert named(Limit(operator, value), russian=True) == (TABLE[operator].russian[0], others[0])
        assert named(Limit(operator, value), russian=False) == (operator.value, value)


def test_the_values_are_those_of_the_archive() -> None:
    assert set(CLASSES) == {one.value for one in Classification}
    assert set(MEDIA_KINDS.values()) == set(MediaKind) - {MediaKind.UNKNOWN}
    assert set(MEDIA_KINDS) <= set(KINDS)
    assert list(KINDS) == ["photo", "video", "audio", "voice", "document", "album", "text"]
    assert list(PROPERTIES) == ["ocr", "edit", "deleted", "dup", "media"]
    assert list(FIELDS) == ["text", "ocr", "desc", "tags"]


@pytest.mark.parametrize(
    ("operator", "typed", "value"),
    [
        (Operator.CHANNEL, "  Moscow \n news ", "Moscow news"),
        (Operator.TAG, "#Новый_Год", "новый год"),
        (Operator.TAG, "Ёлка", "елка"),
        (Operator.TAG, "x - - - - - y", "x y"),
        (Operator.LANG, "RU", "ru"),
        (Operator.LANG, "Русский", "ru"),
        (Operator.LANG, "ukrainian", "uk"),
        (Operator.LANG, "ENG", "en"),
        (Operator.LANG, "ceb", "ceb"),
        (Operator.HAS, "текст-на-картинке", "ocr"),
        (Operator.HAS, "удалено", "deleted"),
        (Operator.NEAR, "0123ABCD", "0123abcd~8"),
        (Operator.NEAR, "0123abcd~0", "0123abcd~0"),
        (Operator.NEAR, "0123abcd~08", "0123abcd~8"),
        (Operator.NEAR, "a" * 64 + "~16", "a" * 64 + "~16"),
        (Operator.DATE, "2026", "2026"),
        (Operator.DATE, "2026-1", "2026-01"),
        (Operator.DATE, "5.11.2026", "2026-11-05"),
        (Operator.DATE, "11.2026", "2026-11"),
        (Operator.DATE, "2026-11-5..12.2026", "2026-11-05..2026-12"),
        (Operator.DATE, "..2026", "..2026"),
        (Operator.DATE, "2026..", "2026.."),
        (Operator.DATE, "2026..2026-01", "2026..2026-01"),
        (Operator.DATE, "2026-06..2026", "2026-06..2026"),
        (Operator.DATE, "2024-02-29", "2024-02-29"),
        (Operator.DATE, "p01w", "P1W"),
        (Operator.DATE, "P0Y3DT0H", "P3D"),
        (Operator.DATE, "PT6H", "PT6H"),
        (Operator.DATE, "P1Y2M3W4DT5H6M7S", "P1Y2M3W4DT5H6M7S"),
        (Operator.DATE, "30d", "P30D"),
        (Operator.DATE, "12h", "PT12H"),
        (Operator.BEFORE, "2026-11-05T12:30", "2026-11-05T12:30Z"),
        (Operator.BEFORE, "2026-11-05 12:30:15+03:00", "2026-11-05T09:30:15Z"),
        (Operator.AFTER, "2026-11-05T23:30-03", "2026-11-06T02:30Z"),
        (Operator.AFTER, "2026-11", "2026-11"),
        (Operator.AFTER, "P1M", "P1M"),
        (Operator.SEARCH, "моя  папка", "моя папка"),
    ],
)
def test_a_value_has_one_spelling(operator: Operator, typed: str, value: str) -> None:
    assert limit_of(operator, typed) == limit_of(operator, value) == Limit(operator, value)


WRONG = [
    (Operator.CHANNEL, " ", "@name"),
    (Operator.TAG, "5", "2 to 40 characters"),
    (Operator.KIND, "foto", "photo (фото), video (видео)"),
    (Operator.CLASS, "album", "screenshot (скриншот)"),
    (Operator.LANG, "марсианский", "ru (русский)"),
    (Operator.LANG, "r", "two or three letters"),
    (Operator.HAS, "video", "ocr (надпись)"),
    (Operator.IN, "title", "desc (описание)"),
    (Operator.DATE, "2023-02-29", "2026-11-05"),
    (Operator.DATE, "2026-13", "P1W"),
    (Operator.DATE, "0000", "A..B"),
    (Operator.DATE, "P", "P3D"),
    (Operator.DATE, "P1DT", "P3D"),
    (Operator.DATE, "P0D", "P3D"),
    (Operator.DATE, "W1", "P1W"),
    (Operator.DATE, "2026..2025", "A..B"),
    (Operator.DATE, "2026-11-05..2026-11-04", "A..B"),
    (Operator.DATE, "2026-02..2026-01", "A..B"),
    (Operator.DATE, "..", "A..B"),
    (Operator.DATE, "2026..x", "A..B"),
    (Operator.DATE, "2026..2027..2028", "A..B"),
    (Operator.DATE, "2026-11-05T12:30", "2026-11-05"),
    (Operator.DATE, "٢٠٢٦", "2026"),
    (Operator.BEFORE, "2026..2027", "2026-11-05T12:30"),
    (Operator.BEFORE, "2026-11-05T25:00", "2026-11-05T12:30"),
    (Operator.AFTER, "0001-01-01T00:00+05:00", "2026-11-05T12:30"),
    (Operator.NEAR, "0123abc", "8 to 64 hexadecimal digits"),
    (Operator.NEAR, "0123abcg", "sha256"),
    (Operator.NEAR, "0123abcd~17", "0 to 16 bits"),
    (Operator.NEAR, "a" * 65, "8 to 64"),
    (Operator.SEARCH, "", "saved search"),
]


@pytest.mark.parametrize(("operator", "typed", "right"), WRONG)
def test_a_wrong_value_is_named_with_the_right_ones(operator: Operator, typed: str, right: str) -> None:
    with pytest.raises(UserError) as refused:
        limit_of(operator, typed)
    message = str(refused.value)
    assert message.startswith(f"{operator.value}: ({TABLE[operator].russian[0]}:) takes ")
    assert right in message
    assert repr(typed.strip()[:60]) in message or not typed.strip()


@pytest.mark.parametrize(
    ("operator", "typed", "meant"),
    [(Operator.KIND, "foto", "photo"), (Operator.CLASS, "скриншоот", "скриншот"), (Operator.HAS, "edits", "edit")],
)
def test_the_nearest_value_is_suggested(operator: Operator, typed: str, meant: str) -> None:
    with pytest.raises(UserError, match=rf"Did you mean {meant}\?"):
        limit_of(operator, typed)


@given(st.sampled_from(Operator), st.text())
def test_a_canonical_value_stays_as_it_is(operator: Operator, typed: str) -> None:
    try:
        limit = limit_of(operator, typed)
    except UserError:
        return
    assert limit_of(operator, limit.value) == limit


def test_near_has_its_parts() -> None:
    assert near_of(limit_of(Operator.NEAR, "0123ABCD")) == ("0123abcd", 8)
    assert near_of(limit_of(Operator.NEAR, "0123abcd~12")) == ("0123abcd", 12)


def spanned(operator: Operator, typed: str, now: datetime = NOW) -> tuple[datetime | None, datetime | None]:
    return span(limit_of(operator, typed), now)


@pytest.mark.parametrize(
    ("typed", "since", "until"),
    [
        ("2026-11-05", "2026-11-05", "2026-11-06"),
        ("2026-11", "2026-11-01", "2026-12-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2024-02", "2024-02-01", "2024-03-01"),
        ("2024-02-29", "2024-02-29", "2024-03-01"),
        ("2023-02-28", "2023-02-28", "2023-03-01"),
        ("2026-12-31", "2026-12-31", "2027-01-01"),
        ("2026", "2026-01-01", "2027-01-01"),
        ("2025-12-30..2026-01-02", "2025-12-30", "2026-01-03"),
        ("2024-02..2024-02-29", "2024-02-01", "2024-03-01"),
        ("2025..2026-02", "2025-01-01", "2026-03-01"),
    ],
)
def test_a_date_spans_the_whole_of_its_days(typed: str, since: str, until: str) -> None:
    assert spanned(Operator.DATE, typed) == (at(since), at(until))


def test_a_range_may_be_open() -> None:
    assert spanned(Operator.DATE, "2026-11..") == (at("2026-11-01"), None)
    assert spanned(Operator.DATE, "..2026-11") == (None, at("2026-12-01"))


@pytest.mark.parametrize(
    ("typed", "now", "since"),
    [
        ("P1W", "2026-11-29T15:30", "2026-11-22T15:30"),
        ("P3D", "2024-03-02T00:00", "2024-02-28T00:00"),
        ("PT6H", "2026-01-01T05:00", "2025-12-31T23:00"),
        ("P1M", "2024-03-31T12:00", "2024-02-29T12:00"),
        ("P1M", "2023-03-31T12:00", "2023-02-28T12:00"),
        ("P1M", "2026-01-15T12:00", "2025-12-15T12:00"),
        ("P12M", "2026-12-31T12:00", "2025-12-31T12:00"),
        ("P1Y", "2024-02-29T12:00", "2023-02-28T12:00"),
        ("P4Y", "2024-02-29T12:00", "2020-02-29T12:00"),
        ("P1Y1M1W1DT1H1M1S", "2026-11-29T15:30", "2025-10-21T14:28:59"),
        ("P9999Y", "2026-11-29T15:30", "0001-01-01T00:00"),
        ("P999999W", "2026-11-29T15:30", "0001-01-01T00:00"),
    ],
)
def test_a_duration_goes_back_from_now(typed: str, now: str, since: str) -> None:
    assert spanned(Operator.DATE, typed, at(now)) == (at(since), None)


def test_now_may_be_in_any_time_zone() -> None:
    moscow = NOW.astimezone(timezone(timedelta(hours=3)))
    since, _ = spanned(Operator.DATE, "P1D", moscow)
    assert since == NOW - timedelta(days=1)
    assert since.tzinfo is UTC


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("2026-11-05", "2026-11-05", "2026-11-06"),
        ("2024-02-29", "2024-02-29", "2024-03-01"),
        ("2026-12-31", "2026-12-31", "2027-01-01"),
        ("2024-02", "2024-02-01", "2024-03-01"),
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-11-05T12:30", "2026-11-05T12:30", "2026-11-05T12:30"),
        ("2026-11-05T12:30:15+03:00", "2026-11-05T09:30:15", "2026-11-05T09:30:15"),
        ("P1D", "2026-11-28T15:30", "2026-11-28T15:30"),
    ],
)
def test_before_ends_where_its_value_begins_and_after_begins_where_it_ends(typed: str, start: str, end: str) -> None:
    assert spanned(Operator.BEFORE, typed) == (None, at(start))
    assert spanned(Operator.AFTER, typed) == (at(end), None)


@given(st.dates())
def test_before_a_day_the_day_and_after_it_are_all_days_once(day: object) -> None:
    _, before = spanned(Operator.BEFORE, str(day))
    since, until = spanned(Operator.DATE, str(day))
    after, _ = spanned(Operator.AFTER, str(day))
    assert before == since
    assert until == after
    assert since is not None
    assert until is not None
    assert timedelta(0) < until - since <= timedelta(days=1)


def test_the_calendar_ends_with_the_year_9999() -> None:
    assert spanned(Operator.DATE, "9999")[1] == datetime.max.replace(tzinfo=UTC)
    assert spanned(Operator.AFTER, "9999-12-31")[0] == datetime.max.replace(tzinfo=UTC)
    assert spanned(Operator.DATE, "0001")[0] == datetime.min.replace(tzinfo=UTC)


def test_other_filters_span_no_time() -> None:
    with pytest.raises(ValueError, match="kind: spans no time"):
        span(Limit(Operator.KIND, "photo"), NOW)


def test_the_page_lists_every_operator_with_its_names_and_values() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    for operator, entry in TABLE.items():
        names = ", ".join(f"`{name}:`" for name in entry.russian)
        (row,) = [row for row in rows if row.startswith(f"| `{operator.value}:` | {names} |")]
        if entry.names and operator is not Operator.LANG:
            shown = re.findall(r"`(\w+)` ([а-яё-]+)", row)
            assert shown == [(value, others[0]) for value, others in entry.names.items()]


def test_the_examples_of_the_page_are_queries() -> None:
    first = re.search(r"(?:^    .+\n)+", PAGE, re.M)
    assert first is not None
    examples = [line.strip() for line in first[0].splitlines()]
    assert len(examples) >= 4
    for typed in examples:
        assert limits_of(parse(typed)), typed
