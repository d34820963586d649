"""Cursors: a text for the place of the next page."""

from __future__ import annotations

import base64
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UserError
from app.search.cursors import Cursor, DateCursor, ListCursor, to_cursor, to_text

NUMBERS = st.integers(0, 2**63 - 1)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])
CURSORS = st.one_of(
    st.builds(DateCursor, st.none() | st.datetimes(timezones=ZONES, allow_imaginary=False), NUMBERS),
    st.builds(ListCursor, st.uuids(), NUMBERS),
)


@given(
    CURSORS.filter(lambda cursor: not isinstance(cursor, DateCursor) or cursor.moment is None or cursor.moment.year > 1)
)
def test_a_cursor_comes_back(cursor: Cursor) -> None:
    text = to_text(cursor)
    assert text.replace("-", "").replace("_", "").isalnum()
    assert to_cursor(text) == cursor


@given(st.text())
def test_any_other_text_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(UserError, match="begin again without it"):
        to_cursor(text)


def test_a_cursor_of_a_thousand_brackets_is_refused() -> None:
    with pytest.raises(UserError, match="begin again without it"):
        to_cursor(base64.b64encode(b"[" * 100_000).decode())


@pytest.mark.parametrize("cursor", [DateCursor(datetime(2026, 1, 2, tzinfo=UTC), 5), ListCursor(uuid.UUID(int=7), 20)])
def test_a_cut_cursor_is_refused(cursor: Cursor) -> None:
    text = to_text(cursor)
    for end in range(len(text)):
        with pytest.raises(UserError):
            to_cursor(text[:end])
