"""Who may see and do what: roles, names, passwords, how long sessions and links hold, each as a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.access import names, passwords
from app.domain.access.roles import Act, Role, least_role, may
from app.domain.access.sessions import IDLE, LINK, LONGEST, is_open, is_stale, link_holds
from app.errors import UserError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("act", "least"),
    [
        (Act.ENTER, None),
        (Act.READ, Role.READER),
        (Act.ASK, Role.READER),
        (Act.EDIT, Role.EDITOR),
        (Act.OPERATE, Role.OPERATOR),
    ],
)
def test_each_act_has_its_least_role(act: Act, least: Role | None) -> None:
    assert least_role(act) is least
    order = [None, *Role]
    assert [may(role, act) for role in order] == [order.index(role) >= order.index(least) for role in order]


@pytest.mark.parametrize(
    ("typed", "key"),
    [("Anna", "anna"), (" ANNA ", "anna"), ("Ёлка", "ёлка"), ("Straße", "strasse"), ("a.b+c-d_e@example.org",) * 2],
)
def test_a_name_is_one_whatever_its_capitals(typed: str, key: str) -> None:
    assert names.checked(typed) == key
    assert names.key_of(names.key_of(typed)) == key


@pytest.mark.parametrize("typed", ["", " ", "a b", "a\nb", "a\x00", "<b>", "a/b", "a" * 65, "‮anna", "anna\u200b"])
def test_odd_names_are_refused(typed: str) -> None:
    with pytest.raises(UserError, match="a user's name has 1 to 64"):
        names.checked(typed)


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("", "0 signs: write 12 or more"),
        ("elevensigns", "11 signs: write 12 or more"),
        ("anna.example", "is the name"),
        ("Anna.Example", "is the name"),
        ("x" * 12, "one sign again and again"),
        ("ab" * 129, "more than 256"),
    ],
)
def test_weak_passwords_are_refused_and_not_repeated(password: str, told: str) -> None:
    with pytest.raises(UserError, match=told) as refused:
        passwords.checked("anna.example", password)
    assert not password or password not in str(refused.value)


def test_the_same_signs_of_two_keyboards_are_one_password() -> None:
    assert passwords.checked("anna", "четыре йогурта") == passwords.checked("anna", "четыре и\u0306огурта")


@pytest.mark.parametrize(
    ("idle", "age", "revoked", "holds"),
    [
        (timedelta(0), timedelta(0), None, True),
        (IDLE - SECOND, IDLE - SECOND, None, True),
        (IDLE, IDLE, None, False),
        (timedelta(0), LONGEST - SECOND, None, True),
        (timedelta(0), LONGEST, None, False),
        (timedelta(0), timedelta(0), NOW, False),
    ],
)
def test_a_session_holds_until_it_is_idle_old_or_revoked(
    idle: timedelta, age: timedelta, revoked: datetime | None, holds: bool
) -> None:
    assert is_open(NOW, last_seen=NOW - idle, expires_at=NOW - age + LONGEST, revoked_at=revoked) is holds


def test_the_last_request_is_noted_now_and_then() -> None:
    assert [is_stale(NOW, NOW - timedelta(minutes=ago)) for ago in (0, 4, 5, 60)] == [False, False, True, True]


def test_a_link_holds_for_minutes_and_for_one_use() -> None:
    assert link_holds(NOW, expires_at=NOW + LINK, used_at=None)
    assert not link_holds(NOW, expires_at=NOW, used_at=None)
    assert not link_holds(NOW, expires_at=NOW + LINK, used_at=NOW)
