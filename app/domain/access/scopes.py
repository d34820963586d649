"""The scopes of API tokens: the acts that a token may do at most, and never more than the role of its user."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from app.domain.access.roles import Act, Role, may


class Scope(StrEnum):
    """The use of a token, which has one or more."""

    READ = "read"
    ASK = "ask"
    EXPORT = "export"
    OPERATE = "operate"


# The acts that each scope lets through. No scope contains another one: a token that exports cannot ask.
ACTS: Mapping[Scope, frozenset[Act]] = {
    Scope.READ: frozenset({Act.READ}),
    Scope.ASK: frozenset({Act.ASK}),
    Scope.EXPORT: frozenset({Act.EXPORT}),
    Scope.OPERATE: frozenset({Act.EDIT, Act.OPERATE}),
}


def acts_of(scopes: Collection[Scope], role: Role | None) -> frozenset[Act]:
    """What a token of these scopes may do while its user has this role."""
    return frozenset(act for scope in scopes for act in ACTS[scope] if may(role, act))


def grantable(role: Role | None) -> tuple[Scope, ...]:
    """The scopes that a user of this role may give a token: those with an act of the role."""
    return tuple(scope for scope in Scope if acts_of([scope], role))


def scope_for(act: Act) -> Scope | None:
    """The scope that lets the act through; None for one that no token may do."""
    return next((scope for scope, acts in ACTS.items() if act in acts), None)
