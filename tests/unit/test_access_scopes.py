"""Scopes of tokens and the rules of new ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.access import api_tokens as rules
from app.domain.access.roles import MAY, Act, Role
from app.domain.access.scopes import ACTS, Scope, acts_of, grantable, scope_for
from app.errors import UserError

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def test_each_act_but_entering_has_one_scope() -> None:
    acts = [act for some in ACTS.values() for act in some]
    assert sorted(acts) == sorted(set(Act) - {Act.ENTER})
    assert [scope_for(act) for act in (Act.ENTER, Act.READ, Act.EDIT)] == [None, Scope.READ, Scope.OPERATE]


@pytest.mark.parametrize("role", [None, *Role])
def test_a_token_never_does_more_than_its_user(role: Role | None) -> None:
    assert acts_of(list(Scope), role) == MAY[role] - {Act.ENTER}
    for scope in Scope:
        assert acts_of([scope], role) == ACTS[scope] & MAY[role]


def test_a_role_gives_the_scopes_that_it_can_use() -> None:
    assert grantable(None) == ()
    assert grantable(Role.READER) == (Scope.READ, Scope.ASK)
    assert grantable(Role.EDITOR) == grantable(Role.OPERATOR) == tuple(Scope)


def test_scopes_are_checked_when_a_token_is_made() -> None:
    assert rules.scopes_of(["ask", "read", "ask"], Role.READER) == (Scope.READ, Scope.ASK)
    for texts, role, said in (
        ([], Role.READER, "needs a scope"),
        (["write"], Role.OPERATOR, "no scope 'write'"),
        (["read", "operate"], Role.READER, "more than the role reader"),
    ):
        with pytest.raises(UserError, match=said):
            rules.scopes_of(texts, role)


def test_names_days_and_channels_have_bounds() -> None:
    assert rules.name_of("  news\n bot ") == "news bot"
    for name in ("", " \t", "x" * 65, "a\u200bb"):
        with pytest.raises(UserError, match="needs a name"):
            rules.name_of(name)
    assert rules.end_of(NOW, 1) == NOW + timedelta(days=1)
    for days in (0, -1, 367):
        with pytest.raises(UserError, match="holds for"):
            rules.end_of(NOW, days)
    assert rules.channels_of(None) is None
    assert rules.channels_of([3, 1, 3]) == [1, 3]
    for ids in ([], list(range(1001))):
        with pytest.raises(UserError, match="list of channels"):
            rules.channels_of(ids)


def test_a_token_holds_until_it_ends_or_is_revoked() -> None:
    later = NOW + timedelta(seconds=1)
    assert rules.token_holds(NOW, expires_at=later, revoked_at=None)
    assert not rules.token_holds(later, expires_at=later, revoked_at=None)
    assert not rules.token_holds(NOW, expires_at=later, revoked_at=NOW)
