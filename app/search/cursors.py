"""Cursors: where the next page of a search begins, as a text that an address or a command can carry."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.errors import UserError


@dataclass(frozen=True)
class DateCursor:
    """The last hit of a page by date. moment: None for one without a date, which stands at the end."""

    moment: datetime | None
    publication_id: int


@dataclass(frozen=True)
class ListCursor:
    """A kept list of hits by relevance, and how many of it were shown."""

    list_id: uuid.UUID
    offset: int


Cursor = DateCursor | ListCursor


def to_text(cursor: Cursor) -> str:
    """The cursor as letters, digits, - and _."""
    match cursor:
        case DateCursor(moment, publication_id):
            content = ["date", moment and moment.astimezone(UTC).isoformat(), publication_id]
        case ListCursor(list_id, offset):
            content = ["list", str(list_id), offset]
    return packed(content)


def to_cursor(text: str) -> Cursor:
    """The cursor of a text. UserError for one that `to_text` did not make."""
    try:
        kind, place, number = unpacked(text)
        if type(number) is not int or not 0 <= number < 2**63:
            raise ValueError(number)
        if kind == "list":
            return ListCursor(uuid.UUID(place), number)
        if kind == "date":
            return DateCursor(aware(place), number)
    except (ValueError, TypeError, AttributeError):
        pass
    raise UserError("the cursor is not one that a search gave: begin again without it")


HIGHEST = 2**63 - 1  # above each id


def id_cursor(name: str, id_: int) -> str:
    """The cursor of a list by id, behind this one. name: of the list, so that no other takes its cursor."""
    return packed([name, id_])


def id_of(name: str, cursor: str) -> int:
    """The id in a cursor of `id_cursor`. UserError for one that this list did not give."""
    try:
        given, id_ = unpacked(cursor)
        if given == name and type(id_) is int and 0 <= id_ <= HIGHEST:
            return id_
    except (ValueError, TypeError):
        pass
    raise UserError("the cursor is not one that this list gave: begin again without it")


def packed(content: Sequence[object]) -> str:
    """JSON values as letters, digits, - and _."""
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def unpacked(text: str) -> Any:
    """The values of `packed`. ValueError, of which binascii.Error is one, for a text that it did not make."""
    padded = text + "=" * (-len(text) % 4)
    try:
        return json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except RecursionError as error:  # thousands of brackets
        raise ValueError("nested too deeply") from error


def aware(text: str | None) -> datetime | None:
    """The moment of an ISO text. ValueError for one without a zone."""
    moment = None if text is None else datetime.fromisoformat(text)
    if moment is not None and moment.tzinfo is None:
        raise ValueError(text)
    return moment
